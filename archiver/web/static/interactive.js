// Around interactive replay: hears what the viewer says, believes nothing of it, and falls back to the safe view.
"use strict";

(() => {
  const frame = document.getElementById("replay");
  const unable = document.getElementById("unable");
  const now = document.getElementById("now");
  const { viewer, origin, root, shown, safe, safeSandbox } = frame.dataset;
  const PATIENCE = 30000;
  let begun = false;

  function giveUp() {
    if (begun) return;
    begun = true;
    unable.hidden = false;
    // Another window, not another page in the old one: a frame keeps the sandbox that it was made with.
    const other = document.createElement("iframe");
    other.title = frame.title;
    other.setAttribute("sandbox", safeSandbox);
    other.referrerPolicy = "no-referrer";
    other.src = safe;
    frame.replaceWith(other);
  }

  function says(stamp, url) {
    if (!/^\d{14}$/.test(stamp) || typeof url !== "string" || !/^https?:\/\/[\x21-\x7e]{1,8000}$/.test(url)) return;
    const link = now.querySelector("a");
    link.textContent = url;
    link.href = `${root}/web/${stamp}/${url}`;
    now.hidden = url === shown;
  }

  window.addEventListener("message", (event) => {
    if (event.origin !== origin || event.source !== frame.contentWindow) return;
    const said = event.data?.archiver;
    if (said?.state === "unable") giveUp();
    if (said?.state === "ready") begun = true;
    if (said?.state === "shows") says(String(said.stamp), said.url);
  });
  setTimeout(giveUp, PATIENCE);
  frame.hidden = false;
  frame.src = viewer;
})();
