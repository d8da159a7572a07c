// Runs in each replayed page before its own scripts. No policy of a browser stops WebRTC, so it is taken away here: from the
// page, and from each frame that it makes, whose window would bring it back. It is hardening, not proof: a script that finds a
// window by a way not listed here has it still.
"use strict";

(() => {
  const GONE = [
    "RTCPeerConnection", "webkitRTCPeerConnection", "mozRTCPeerConnection", "RTCDataChannel", "RTCIceTransport", "RTCIceGatherer",
    "RTCDtlsTransport", "RTCSctpTransport", "RTCRtpSender", "RTCRtpReceiver", "RTCRtpTransceiver", "RTCSessionDescription",
    "RTCIceCandidate", "WebTransport", "WebTransportDatagramDuplexStream", "TCPSocket", "UDPSocket", "TCPServerSocket",
  ];
  const INSERTERS = {
    Node: ["appendChild", "insertBefore", "replaceChild"],
    Element: [
      "append", "prepend", "before", "after", "replaceWith", "replaceChildren", "insertAdjacentElement", "insertAdjacentHTML",
      "moveBefore",
    ],
    Document: ["append", "prepend", "replaceChildren", "write", "writeln", "execCommand", "open"],
    DocumentFragment: ["append", "prepend", "replaceChildren"],
    CharacterData: ["before", "after", "replaceWith"],
    Range: ["insertNode", "surroundContents"],
  };
  const SETTERS = { Element: ["innerHTML", "outerHTML"], ShadowRoot: ["innerHTML"] };
  const GETTERS = {
    HTMLIFrameElement: ["contentWindow", "contentDocument"],
    HTMLFrameElement: ["contentWindow", "contentDocument"],
    HTMLObjectElement: ["contentWindow", "contentDocument"],
  };
  const FINDERS = { HTMLIFrameElement: ["getSVGDocument"], HTMLObjectElement: ["getSVGDocument"], HTMLEmbedElement: ["getSVGDocument"] };
  const HOME = window.location.origin === "null" ? new URL(document.currentScript.src).origin : window.location.origin;
  const FIRST = `<script/src=${HOME}/static/proxy/inject.js></script>`; // as the worker writes it
  const LOOK = "<script>self[Symbol.for(/archiver/.source)]?.()</script>";
  const realms = new WeakSet();
  const { apply, defineProperty, getOwnPropertyDescriptor, deleteProperty } = Reflect;

  function treat(view) {
    try {
      if (!view || realms.has(view.Object)) return;
      realms.add(view.Object);
    } catch {
      return; // of another origin
    }
    for (const name of GONE) {
      deleteProperty(view, name);
      defineProperty(view, name, { value: undefined, writable: false, configurable: false, enumerable: false });
    }
    // The worker of this origin is the archive's: a page neither adds one nor ends it.
    deleteProperty(view.Navigator.prototype, "serviceWorker");
    deleteProperty(view, "caches");
    defineProperty(view, Symbol.for("archiver"), { value: () => sweep(view), writable: false, configurable: false });
    patch(view);
    stay(view);
    watch(view, view.document);
    sweep(view);
  }

  // A document that stands in an attribute may be of an origin that is not reached from here: it begins with this script.
  function begin(element) {
    const text = element.localName === "iframe" ? element.getAttribute("srcdoc") : null;
    if (text !== null && !text.startsWith(FIRST)) element.setAttribute("srcdoc", FIRST + text);
  }

  function beginAll(node) {
    if (node.nodeType === 1) begin(node);
    for (const inner of node.querySelectorAll?.("iframe[srcdoc]") ?? []) begin(inner);
  }

  function begun(view, html) {
    const text = String(html);
    if (!/srcdoc/i.test(text)) return html;
    const parsed = new view.DOMParser().parseFromString(`<body><template>${text}</template></body>`, "text/html");
    const inner = parsed.querySelector("template");
    if (!inner) return html;
    beginAll(inner.content);
    return inner.innerHTML;
  }

  function watch(view, root) {
    const seen = (changes) => {
      for (const { type, target, addedNodes } of changes) {
        if (type === "attributes") begin(target);
        for (const node of addedNodes) {
          beginAll(node);
        }
      }
      sweep(view);
    };
    const what = { childList: true, subtree: true, attributes: true, attributeFilter: ["srcdoc"] };
    new view.MutationObserver(seen).observe(root, what);
    beginAll(root);
  }

  // The policy of the frame around refuses a page that leads itself away, but only after the browser has connected to where it
  // wanted to go. This is asked before.
  function stay(view) {
    view.navigation?.addEventListener("navigate", (event) => {
      const goal = new URL(event.destination.url);
      const stays = goal.protocol === "about:" || (/^https?:$/.test(goal.protocol) && goal.origin === HOME);
      if (!stays && event.cancelable) event.preventDefault();
    });
  }

  function sweep(view) {
    for (let i = 0; i < view.length; i += 1) treat(view[i]);
  }

  function around(holder, name, key, after, before = (given) => given) {
    const found = holder && getOwnPropertyDescriptor(holder, name);
    const old = found && found[key];
    if (typeof old !== "function") return;
    const made = {
      [name](...given) {
        return after(apply(old, this, before(given, this)));
      },
    }[name];
    defineProperty(holder, name, { ...found, [key]: made });
  }

  function patch(view) {
    const swept = (result) => {
      sweep(view);
      return result;
    };
    const seen = (result) => {
      treat(result && (result.defaultView === undefined ? result : result.defaultView));
      return result;
    };
    const prototype = (kind) => view[kind] && view[kind].prototype;
    const ready = (given) => {
      for (const each of given) if (each && each.nodeType) beginAll(each);
      return given;
    };
    const html = (place) => (given) => given.map((each, at) => (at >= place ? begun(view, each) : each));
    // A script that is written behind a frame runs before the writing call returns: another one goes before it.
    const looked = (given) =>
      given.map((each) => {
        const text = String(each);
        const frame = text.search(/<(iframe|frame|object|embed)\b/i);
        return frame < 0 ? each : text.slice(0, frame) + text.slice(frame).replace(/<script\b/gi, `${LOOK}$&`);
      });
    const texts = { insertAdjacentHTML: html(1), write: looked, writeln: looked };
    const srcdoc = (given) => [String(given[0]).startsWith(FIRST) ? given[0] : FIRST + given[0]];
    const attribute = (place) => (given, element) =>
      element.localName === "iframe" && String(given[place]).toLowerCase() === "srcdoc"
        ? given.map((each, at) => (at === place + 1 ? srcdoc([each])[0] : each))
        : given;
    for (const [kind, names] of Object.entries(INSERTERS)) {
      for (const name of names) around(prototype(kind), name, "value", swept, texts[name] ?? ready);
    }
    // wabac.js puts its own onto the document itself.
    for (const name of ["write", "writeln"]) around(view.document, name, "value", swept, looked);
    for (const [kind, names] of Object.entries(SETTERS)) for (const name of names) around(prototype(kind), name, "set", swept, html(0));
    // wabac.js does not know these; it knows what they do.
    for (const kind of ["Element", "ShadowRoot"]) {
      for (const name of ["setHTML", "setHTMLUnsafe"]) {
        const holder = prototype(kind);
        const put = function put(text) {
          this.innerHTML = text;
        };
        if (holder && name in holder) defineProperty(holder, name, { value: put, writable: false, configurable: false });
      }
    }
    around(prototype("HTMLIFrameElement"), "srcdoc", "set", swept, srcdoc);
    around(prototype("Element"), "setAttribute", "value", (result) => result, attribute(0));
    around(prototype("Element"), "setAttributeNS", "value", (result) => result, attribute(1));
    for (const [kind, names] of Object.entries(GETTERS)) for (const name of names) around(prototype(kind), name, "get", seen);
    for (const [kind, names] of Object.entries(FINDERS)) for (const name of names) around(prototype(kind), name, "value", seen);
    around(view, "open", "value", seen);
    around(prototype("Element"), "attachShadow", "value", (root) => {
      watch(view, root);
      return root;
    });
  }

  treat(window);
})();
