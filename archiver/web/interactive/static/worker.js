// The service worker of the replay origin: wabac.js does the rewriting, this decides what reaches it and what leaves it.
// Before it the server writes `const SETTINGS = {…}`. wabac.js itself is loaded unchanged.
"use strict";

// wabac.js takes collections by message, by its own HTTP interface and from IndexedDB. Archived scripts share this origin and
// can use all three, and a collection brings its own policy. So it hears no message, its interface is not reached, and the one
// collection that there is stands here.
const listen = self.addEventListener.bind(self);
self.addEventListener = (type, ...rest) => {
  if (type === "install" || type === "activate") listen(type, ...rest);
};
importScripts(SETTINGS.wabac);

const NAME = "archive";
const ORIGIN = self.location.origin;
const REPLAYED = `/w/${NAME}/`;
const OWN = new Set(["/", "/sw.js", "/viewer.js", "/viewer.css", "/robots.txt", "/static/proxy/inject.js"]);
const OF_WABAC = new Set(["/static/wombat.js", "/static/wombatWorkers.js"]);
const KEPT = /^(content-(type|length|range|disposition|language|encoding)|accept-ranges|location|memento-datetime|x-archive-orig-.*)$/;
const FRAMES = new Set(["document", "iframe", "frame", "embed", "object"]);
const AS_IS = /^(id_|dl_|wkrf_)$/;
const SRCDOC = /<iframe\b(?:[^>"']|"[^"]*"|'[^']*'){0,4000}?[\s"'/]srcdoc\s*=\s*["']?/gi;
const ADDRESS = /^(?::[\w-]+\/)?(\d*)([a-z]+_)?\/(.+)$/;

const replay = self.sw;
const collections = replay.collections;
const config = {
  dbname: `db:${NAME}`,
  sourceUrl: `${ORIGIN}/raw/`,
  decode: false,
  metadata: {},
  extraConfig: {
    prefix: `${ORIGIN}/raw/`,
    isLive: false,
    archivePrefix: "",
    archiveMod: "id_",
    noPostToGet: true,
    csp: SETTINGS.replayed,
    injectScripts: ["inject.js"],
  },
};
const made = collections._initStore("live", config).then((store) => collections._createCollection({ name: NAME, store, config }));
collections.getColl = async (name) => (name === NAME ? made : null);
for (const [name, value] of [["root", null], ["inited", Promise.resolve(true)]]) {
  Object.defineProperty(collections, name, { get: () => value, set: () => undefined });
}

listen("fetch", (event) => {
  const request = event.request;
  const url = new URL(request.url);
  if (url.origin !== ORIGIN) {
    event.respondWith(Response.error());
  } else if (url.pathname.startsWith(REPLAYED)) {
    event.respondWith(show(event, url));
  } else if (url.pathname.startsWith("/w/")) {
    event.respondWith(refusal(404));
  } else if (OF_WABAC.has(url.pathname)) {
    event.respondWith(answered(event, false));
  } else if (!OWN.has(url.pathname) && request.referrer.startsWith(`${ORIGIN}/w/`)) {
    // An address that a script put together: wabac.js leads it to the archived site.
    event.respondWith(answered(event, false));
  }
  // The rest is ours, and the server answers it.
});

async function show(event, url) {
  const asked = ADDRESS.exec(url.href.slice(ORIGIN.length + REPLAYED.length));
  if (!asked) return refusal(404);
  const [, stamp, view, address] = asked;
  if (event.request.mode === "navigate" && event.request.destination === "document") {
    // A window of its own would have no frame of the archive around it, which holds it.
    return Response.redirect(`${SETTINGS.app}/web/${stamp ? `${stamp}/` : ""}${address}`);
  }
  if (!view) return Response.redirect(`${ORIGIN}${REPLAYED}${stamp}mp_/${address}`);
  return answered(event, AS_IS.test(view));
}

async function answered(event, asIs) {
  const request = event.request;
  const answer = await replay.handleFetch(event);
  if (answer.status === 0) return Response.error();
  const framed = FRAMES.has(request.destination);
  const archived = answer.headers.has("memento-datetime");
  if (framed && answer.status >= 400 && !archived) return refusal(answer.status);
  const headers = new Headers();
  for (const [name, value] of answer.headers) {
    if (KEPT.test(name)) headers.append(name, value);
  }
  // Only what wabac.js has prepared runs: its preparation includes what takes WebRTC away.
  const prepared = !framed || (!asIs && /^text\/html\s*(;|$)/i.test(headers.get("content-type") ?? ""));
  headers.set("Content-Security-Policy", prepared ? SETTINGS.replayed : SETTINGS.quiet);
  headers.set("Referrer-Policy", "same-origin");
  headers.set("X-DNS-Prefetch-Control", "off");
  if (framed) headers.set("X-Content-Type-Options", "nosniff");
  const { status, statusText } = answer;
  if (!framed || !prepared || !answer.body) return new Response(answer.body, { headers, status, statusText });
  headers.delete("content-length");
  return new Response(begun(new Uint8Array(await answer.arrayBuffer())), { headers, status, statusText });
}

// A document that stands in an attribute (srcdoc) is no answer of ours, and may be of an origin that its page cannot reach:
// what takes WebRTC away is written into it.
function begun(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 16384) text += String.fromCharCode(...bytes.subarray(at, at + 16384));
  if (!/srcdoc/i.test(text)) return bytes;
  const more = text.replace(SRCDOC, `$&&lt;script/src=${ORIGIN}/static/proxy/inject.js&gt;&lt;/script&gt;`);
  return Uint8Array.from(more, (character) => character.charCodeAt(0));
}

function refusal(status) {
  const language = (self.navigator.language ?? "").slice(0, 2);
  const words = SETTINGS.words[status === 451 ? "withheld" : status === 404 ? "missing" : "failed"];
  const page = `<!doctype html><meta charset="utf-8"><title>${status}</title><style>body{font:16px/1.5 sans-serif;margin:3rem auto;max-width:40rem;padding:0 1rem}</style><p>${words[language] ?? words.en}</p>`;
  const headers = { "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": SETTINGS.quiet, "X-Content-Type-Options": "nosniff" };
  return new Response(page, { status, headers });
}
