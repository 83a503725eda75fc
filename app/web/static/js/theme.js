"use strict";
(() => {
  const stored = localStorage.getItem("chorus-theme");
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const apply = (theme) => document.documentElement.setAttribute("data-bs-theme", theme);
  apply(stored || (system.matches ? "dark" : "light"));
  system.addEventListener("change", (event) => {
    if (!localStorage.getItem("chorus-theme")) apply(event.matches ? "dark" : "light");
  });
})();
