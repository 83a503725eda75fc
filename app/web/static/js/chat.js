"use strict";
(() => {
  const log = document.querySelector("[data-chat-log]");
  const toEnd = document.querySelector("[data-to-end]");
  const form = document.querySelector("[data-speak]");
  let following = true;
  let replyTo = null;

  const isAtEnd = () => log.scrollHeight - log.scrollTop - log.clientHeight < 60;
  const goToEnd = () => { log.scrollTop = log.scrollHeight; };

  log.addEventListener("chorus:before", () => { following = isAtEnd(); });
  log.addEventListener("chorus:after", () => {
    if (following) goToEnd();
    toEnd.hidden = following;
    markReply();
  });
  log.addEventListener("scroll", () => { if (isAtEnd()) toEnd.hidden = true; });
  toEnd.addEventListener("click", () => { goToEnd(); toEnd.hidden = true; });
  goToEnd();

  if (!form) return;
  const name = form.elements.namedItem("name");
  const text = form.elements.namedItem("text");
  const hidden = form.querySelector("[data-reply-to]");
  const replying = form.querySelector("[data-replying]");
  const problem = form.querySelector("[data-speak-error]");
  name.value = localStorage.getItem("chorus-speaker") || name.value;

  function markReply() {
    for (const row of log.querySelectorAll("[data-message]")) {
      row.classList.toggle("chosen", row.dataset.message === replyTo);
    }
  }

  function choose(row) {
    const wasAtEnd = isAtEnd();
    replyTo = row?.dataset.message ?? null;
    hidden.value = replyTo ?? "";
    replying.hidden = replyTo === null;
    replying.querySelector("span").textContent = row ? `Reply to ${row.dataset.author}` : "";
    markReply();
    if (wasAtEnd) goToEnd();
    if (row) text.focus();
  }

  log.addEventListener("click", (event) => {
    const row = event.target.closest("[data-message]");
    if (row && !event.target.closest("a") && !window.getSelection().toString()) choose(row);
  });
  log.addEventListener("keydown", (event) => {
    if (event.key === "Enter") choose(event.target.closest("[data-message]"));
  });
  form.querySelector("[data-reply-clear]").addEventListener("click", () => choose(null));
  text.addEventListener("keydown", (event) => { if (event.key === "Escape") choose(null); });

  function showProblem(message) {
    problem.textContent = message;
    problem.hidden = message === "";
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const body = new FormData(form);
    try {
      const response = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
      const answer = await response.json();
      if (!response.ok) return showProblem(`${answer.error.field}: ${answer.error.message}`);
      localStorage.setItem("chorus-speaker", name.value);
      showProblem("");
      text.value = "";
      choose(null);
      goToEnd();
      document.dispatchEvent(new CustomEvent("chorus:refresh"));
    } catch {
      showProblem("The admin does not answer; try again.");
    }
  });
})();
