"use strict";
(() => {
  const byKey = { d: "d", b: "b", c: "c", m: "m", p: "p", w: "w", o: "o", u: "u", s: "s" };
  let waitingForSection = 0;

  function toggleTheme() {
    const next = document.documentElement.getAttribute("data-bs-theme") === "dark" ? "light" : "dark";
    document.documentElement.setAttribute("data-bs-theme", next);
    localStorage.setItem("chorus-theme", next);
  }

  function isTyping(target) {
    return target.closest("input, textarea, select, [contenteditable]") !== null;
  }

  function goToSection(key) {
    const link = document.querySelector(`.sidebar a[data-key="${byKey[key]}"]`);
    if (link) window.location.assign(link.href);
  }

  const actions = {
    "/": () => document.querySelector("[data-search]")?.focus(),
    "?": () => bootstrap.Modal.getOrCreateInstance("#shortcuts").toggle(),
    n: () => document.querySelector("[data-new]")?.click(),
    p: () => document.querySelector("[data-live-pause]")?.click(),
    t: toggleTheme,
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (Date.now() - waitingForSection < 1500 && byKey[event.key]) {
      goToSection(event.key);
    } else if (event.key === "g") {
      waitingForSection = Date.now();
    } else if (actions[event.key] && document.querySelector(".sidebar")) {
      event.preventDefault();
      actions[event.key]();
    }
  });

  document.querySelector("[data-theme-toggle]")?.addEventListener("click", toggleTheme);

  function describeDistance(seconds) {
    const size = Math.abs(seconds);
    if (size < 3) return "now";
    const [unit, name] = size < 60 ? [1, "s"] : size < 3600 ? [60, "min"] : size < 86400 ? [3600, "h"] : [86400, "d"];
    const amount = `${Math.floor(size / unit)} ${name}`;
    return seconds < 0 ? `in ${amount}` : `${amount} ago`;
  }

  function freshenTimes(root = document) {
    for (const element of root.querySelectorAll("time[data-ago]")) {
      const text = describeDistance((Date.now() - Date.parse(element.dateTime)) / 1000);
      if (element.textContent !== text) element.textContent = text;
    }
    for (const element of root.querySelectorAll("time[data-clock]")) {
      const text = new Date(element.dateTime).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
      if (element.textContent !== text) element.textContent = text;
    }
  }
  freshenTimes();
  window.setInterval(freshenTimes, 1000);

  for (const form of document.querySelectorAll("[data-rows]")) {
    const list = form.querySelector("[data-rows-list]");
    form.querySelector("[data-rows-add]").addEventListener("click", () => {
      const rows = list.querySelectorAll(".grid-row");
      const row = rows[rows.length - 1].cloneNode(true);
      for (const input of row.querySelectorAll("input")) {
        input.value = "";
        for (const name of ["name", "id"]) {
          input.setAttribute(name, input.getAttribute(name).replace(/-\d+-/, `-${rows.length}-`));
        }
      }
      list.append(row);
      row.querySelector("input").focus();
    });
  }

  window.chorus = { freshenTimes };
})();
