// Three small kindnesses. Every page works without them.
(() => {
  "use strict";

  // Some browsers move focus to what was said about the form only when asked to.
  document.querySelector("[autofocus]")?.focus();

  // The browser knows the time zone; the person can change it.
  const zone = document.querySelector("select[data-detect-zone]");
  if (zone) {
    const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if ([...zone.options].some((option) => option.value === here)) zone.value = here;
  }

  // While a report is being worked out: look again, ever more seldom, and show it when it is there.
  const waiting = document.querySelector("[data-waiting]");
  if (waiting) {
    const lookAgain = async (pause) => {
      try {
        const answer = await fetch(location.href, { cache: "no-store" });
        if (answer.ok && answer.headers.get("X-Report-State") === "ready") return location.reload();
      } catch { /* the network is away: look again later */ }
      return setTimeout(lookAgain, pause, Math.min(pause * 1.5, 15000));
    };
    setTimeout(lookAgain, 500, 1000);
  }
})();
