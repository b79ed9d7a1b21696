// ---- Times, as `distance` in src/times.rs says them ----

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
    : some(count(86400), "day");
  return ahead ? `in ${words}` : `${words} ago`;
};
const say = (node, words) => {
  if (!node || node.textContent === words) return;
  // Not another node: somebody may have marked it.
  if (node.firstChild) node.firstChild.nodeValue = words;
  else node.textContent = words;
};
const sayTimes = () => {
  for (const words of document.querySelectorAll("time[datetime] > .ago")) {
    say(words, distance(Date.parse(words.parentNode.dateTime)));
  }
};
// In the portal nobody chooses a zone: without a script times are UTC, with one they are the browser's.
const sayHere = () => {
  if (!document.body.classList.contains("portal")) return;
  const two = (number) => String(number).padStart(2, "0");
  for (const time of document.querySelectorAll("time[datetime]")) {
    // A statement says which days are its own.
    if (time.closest(".paper")) continue;
    const at = new Date(time.dateTime);
    const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
    const clock = `${two(at.getHours())}:${two(at.getMinutes())}`;
    const east = -at.getTimezoneOffset();
    const offset = east ? `${east < 0 ? "-" : "+"}${two(Math.trunc(Math.abs(east) / 60))}:${two(Math.abs(east) % 60)}` : "";
    time.title = `${day} ${clock}:${two(at.getSeconds())} UTC${offset}`;
    say(time.querySelector(".day"), day);
    const said = time.querySelector(".at");
    if (said) say(said, /\d:\d/.test(said.textContent) ? `${clock}, ` : `${at.getDate()} ${at.toLocaleString("en", { month: "short" })}, `);
  }
  for (const zone of document.querySelectorAll("[data-zone]")) say(zone, "");
};
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-own-zone]");
  if (button) document.querySelector(button.dataset.ownZone).value = Intl.DateTimeFormat().resolvedOptions().timeZone;
});
setInterval(sayTimes, 10000);

// ---- Help and printing ----

document.addEventListener("keydown", (event) => {
  const help = document.getElementById("help");
  if (event.key !== "?" || event.ctrlKey || event.metaKey || event.altKey || !help || document.querySelector("dialog:modal")) return;
  if (event.target.closest("input, select, textarea, [contenteditable]")) return;
  event.preventDefault();
  help.click();
});
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) print();
});

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
sayHere();
sayTimes();
listen();
