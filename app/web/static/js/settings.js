"use strict";
(() => {
  const search = document.querySelector("[data-setting-search]");
  if (!search) return;
  const none = document.querySelector("[data-setting-none]");

  function filter() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let found = 0;
    for (const group of document.querySelectorAll("[data-setting-group]")) {
      let shown = 0;
      for (const row of group.querySelectorAll("[data-setting]")) {
        const text = row.dataset.setting.toLowerCase();
        row.hidden = !words.every((word) => text.includes(word));
        if (!row.hidden) shown += 1;
      }
      group.hidden = shown === 0;
      found += shown;
    }
    none.hidden = found > 0;
  }

  search.addEventListener("input", filter);
  search.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    search.value = "";
    filter();
  });
  filter();
})();
