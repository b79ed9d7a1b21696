// ---- Times, as `distance` in src/format.rs says them ----

const distance = (at) => {
  const gap = Math.trunc((Date.now() - at) / 1000);
  const ahead = gap < 0;
  const seconds = Math.abs(gap);
  const count = (unit) => Math.trunc((ahead ? seconds + unit / 2 : seconds) / unit);
  const some = (n, word) => `${n} ${word}${n === 1 ? "" : "s"}`;
  if (seconds < 10) return "just now";
  const words = seconds < 60 ? `${seconds} s`
    : count(60) < 60 ? `${count(60)} min`
    : count(3600) < 24 ? some(count(3600), "hour")
    : count(86400) < 30 ? some(count(86400), "day") : "";
  if (!words) return new Date(at).toISOString().slice(0, 10);
  return ahead ? `in ${words}` : `${words} ago`;
};
const sayTimes = () => {
  for (const time of document.querySelectorAll("time[datetime]")) {
    const words = distance(Date.parse(time.dateTime));
    if (time.textContent === words) continue;
    // Not another node: somebody may have marked it.
    if (time.firstChild) time.firstChild.nodeValue = words;
    else time.textContent = words;
  }
};
setInterval(sayTimes, 10000);

// ---- Copying ----

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const source = document.querySelector(button.dataset.copy);
  const text = source.value ?? source.textContent.trim();
  try {
    await navigator.clipboard.writeText(text);
    announce("Copied");
    const words = button.textContent;
    if (words !== "Copied") {
      button.style.minWidth = `${button.offsetWidth}px`;
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = words; }, 1500);
    }
  } catch {
    if (source.select) source.select();
    announce("Press Ctrl+C to copy");
  }
});

// The page says what was done: whoever reloads it has read that.
const readOnce = () => {
  const told = document.getElementById("done") || document.getElementById("problem");
  if (!told) return;
  const address = new URL(location.href);
  for (const name of ["done", "at"]) address.searchParams.delete(name);
  if (address.hash === "#done") address.hash = "";
  history.replaceState(null, "", address);
  told.focus();
};

openDialogs(document, true);
beginFinding();
readOnce();
sayTimes();
listen();
