"use strict";
(() => {
  const moving = document.querySelector("[data-moving]");
  const stateLabel = document.querySelector("[data-live-state]");
  const pauseButton = document.querySelector("[data-live-pause]");
  const REFRESH_MS = 600;
  const POLL_MS = 3000;
  const RETRY_MS = 15000;

  let source = null;
  let pollTimer = 0;
  let retryTimer = 0;
  let paused = false;
  let dirty = false;
  let refreshing = false;
  let lastRefresh = 0;

  const isActive = () => !paused && !document.hidden;

  function showState(name, text) {
    if (!stateLabel) return;
    stateLabel.dataset.liveState = name;
    stateLabel.lastElementChild.textContent = text;
  }

  function compact(value) {
    if (value >= 1e6) return `${(value / 1e6).toFixed(1)}M`;
    if (value >= 1e4) return `${Math.round(value / 1e3)}k`;
    if (value >= 1e3) return `${(value / 1e3).toFixed(1)}k`;
    return String(Math.round(value * 10) / 10);
  }

  function showFleet(stopped) {
    const form = document.querySelector("[data-fleet]");
    const wanted = stopped ? "stopped" : "running";
    if (!form || form.dataset.fleet === wanted) return;
    form.dataset.fleet = wanted;
    form.querySelector("[data-fleet-word]").textContent = `Fleet ${wanted}`;
    document.querySelector("[data-stop-stripe]").hidden = !stopped;
    const button = form.querySelector("[data-fleet-button]");
    if (!button) return;
    button.value = stopped ? "off" : "on";
    button.className = `btn btn-sm ${stopped ? "btn-primary" : "btn-stop"}`;
    button.querySelector("i").className = `bi bi-${stopped ? "play" : "stop"}-fill`;
    button.querySelector("span").textContent = stopped ? "Resume" : "Stop all";
  }

  function showCounters(values) {
    showFleet(values.fleet_paused);
    for (const element of document.querySelectorAll("[data-counter]")) {
      const value = element.dataset.counter.split(".").reduce((held, key) => held?.[key], values);
      if (value === undefined) continue;
      const text = compact(value);
      if (element.textContent !== text) element.textContent = text;
      if ("bad" in element.dataset) element.classList.toggle("is-bad", value > 0);
    }
  }

  async function refresh() {
    if (!moving || refreshing || !isActive()) return;
    refreshing = true;
    dirty = false;
    lastRefresh = Date.now();
    try {
      const response = await fetch(moving.dataset.moving, { headers: { Accept: "text/html" } });
      if (response.status === 401) return leave();
      if (response.ok) {
        const html = await response.text();
        if (isActive()) replaceMoving(html);
      }
    } catch {
      dirty = true;
    } finally {
      refreshing = false;
    }
  }

  function replaceMoving(html) {
    if (moving.dataset.shown === html) return;
    moving.dispatchEvent(new CustomEvent("chorus:before"));
    moving.innerHTML = html;
    moving.dataset.shown = html.length > 400000 ? "" : html;
    window.chorus.freshenTimes(moving);
    moving.dispatchEvent(new CustomEvent("chorus:after"));
  }

  function noteActivity(event) {
    const chat = moving?.dataset.chat;
    if (chat && event.chat_id !== undefined && String(event.chat_id) !== chat) return;
    dirty = true;
  }

  async function pollCounters() {
    if (!isActive()) return;
    try {
      const response = await fetch("/events/counters", { headers: { Accept: "application/json" } });
      if (response.status === 401) return leave();
      if (!response.ok) throw new Error(String(response.status));
      showCounters(await response.json());
      showState("polling", "refreshing every 3 s");
      dirty = true;
    } catch {
      showState("away", "no connection");
    }
  }

  function leave() {
    disconnect();
    window.location.assign(`/sign-in?next=${encodeURIComponent(window.location.pathname)}`);
  }

  function fallBack() {
    disconnect();
    pollCounters();
    pollTimer = window.setInterval(pollCounters, POLL_MS);
    retryTimer = window.setTimeout(connect, RETRY_MS);
  }

  function disconnect() {
    source?.close();
    source = null;
    window.clearInterval(pollTimer);
    window.clearTimeout(retryTimer);
  }

  function connect() {
    disconnect();
    if (!isActive()) return;
    source = new EventSource("/events");
    source.addEventListener("counters", (event) => {
      showCounters(JSON.parse(event.data));
      showState("live", "live");
    });
    source.addEventListener("activity", (event) => noteActivity(JSON.parse(event.data)));
    source.addEventListener("ended", leave);
    source.addEventListener("unwell", fallBack);
    source.onerror = fallBack;
  }

  function follow() {
    if (isActive()) {
      dirty = true;
      connect();
    } else {
      disconnect();
      showState("paused", "paused");
    }
  }

  pauseButton?.addEventListener("click", () => {
    paused = !paused;
    pauseButton.querySelector("i").className = `bi bi-${paused ? "play" : "pause"}-fill`;
    pauseButton.querySelector("span").textContent = paused ? "Follow" : "Pause";
    follow();
  });
  document.addEventListener("visibilitychange", follow);
  document.addEventListener("chorus:refresh", () => { dirty = true; });
  window.addEventListener("pagehide", disconnect);
  window.setInterval(() => {
    const stale = moving && Date.now() - lastRefresh > 5000;
    if ((dirty || stale) && Date.now() - lastRefresh >= REFRESH_MS) refresh();
  }, 200);
  follow();
})();
