// The page in the app's frame: it starts the worker and shows the replayed page in a frame of its own.
"use strict";

(() => {
  const app = new URL(document.documentElement.dataset.app);
  const root = app.href.replace(/\/$/, "");
  const asked = new URLSearchParams(location.search);
  const stamp = asked.get("stamp") ?? "";
  const url = asked.get("url") ?? "";
  const frame = document.querySelector("iframe");
  const REPLAYED = /^\/w\/archive\/(\d{14})[a-z]*_?\/(https?:\/\/.+)$/;
  const PATIENCE = 15000;

  const tell = (said) => parent.postMessage({ archiver: said }, app.origin);

  function controlled() {
    const workers = navigator.serviceWorker;
    if (workers.controller) return Promise.resolve();
    return new Promise((resolve, reject) => {
      workers.addEventListener("controllerchange", resolve, { once: true });
      setTimeout(() => reject(new Error("no worker took over")), PATIENCE);
      if (workers.controller) resolve();
    });
  }

  function ofOurOwn(view) {
    try {
      return view !== window && view.location.origin === location.origin;
    } catch {
      return false;
    }
  }

  async function start() {
    if (!/^\d{14}$/.test(stamp) || !/^https?:\/\//.test(url)) return;
    if (window === top) {
      location.replace(`${root}/web/${stamp}/${url}`);
      return;
    }
    if (ofOurOwn(parent)) {
      // The worker was gone when a page was asked for: the outer viewer begins anew.
      parent.location.replace(location.href);
      return;
    }
    try {
      await navigator.serviceWorker.register("/sw.js", { scope: "/", updateViaCache: "none" });
      await controlled();
    } catch (error) {
      console.info(`no interactive replay: ${error}`);
      tell({ state: "unable" });
      return;
    }
    frame.addEventListener("load", () => {
      const found = REPLAYED.exec(frame.contentWindow.location.href.slice(location.origin.length).split("#", 1)[0]);
      if (found) tell({ state: "shows", stamp: found[1], url: found[2] });
    });
    frame.src = `/w/archive/${stamp}mp_/${url}`;
    tell({ state: "ready" });
  }

  start();
})();
