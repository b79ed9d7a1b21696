// What makes the pages quicker. Everything works without it.
"use strict";

const announce = (words) => {
  const region = document.getElementById("announce");
  if (region) region.textContent = words;
};

// ---- Morphing: a fetched page replaces what differs and leaves the rest, the focus included, where it is ----

const keyOf = (node) => (node.nodeType === Node.ELEMENT_NODE ? node.id || node.dataset.key || "" : "");

const alike = (a, b) => a.nodeType === b.nodeType && a.nodeName === b.nodeName && keyOf(a) === keyOf(b);

const syncAttributes = (from, to) => {
  for (const { name, value } of to.attributes) {
    if (from.getAttribute(name) !== value) from.setAttribute(name, value);
  }
  for (const { name } of [...from.attributes]) {
    if (!to.hasAttribute(name)) from.removeAttribute(name);
  }
};

// `theirs`: whether what the server says goes before what a person has typed.
const morph = (from, to, theirs) => {
  if (from.nodeType !== Node.ELEMENT_NODE) {
    if (from.nodeValue !== to.nodeValue) from.nodeValue = to.nodeValue;
    return;
  }
  if (from.isEqualNode(to)) return;
  if (!theirs && (from.matches("dialog[open]") || from === document.activeElement && from.matches("input, select, textarea"))) return;
  const open = from.matches("details") && from.open;
  syncAttributes(from, to);
  if (open) from.open = true;
  if (theirs && from.matches("input") && from.value !== to.value) from.value = to.value;
  morphChildren(from, to, theirs);
};

const morphChildren = (from, to, theirs) => {
  let mine = from.firstChild;
  for (const wanted of [...to.childNodes]) {
    if (mine && alike(mine, wanted)) {
      const current = mine;
      mine = mine.nextSibling;
      morph(current, wanted, theirs);
      continue;
    }
    const key = keyOf(wanted);
    const moved = key && [...from.children].find((child) => child !== mine && keyOf(child) === key && alike(child, wanted));
    if (moved) {
      from.insertBefore(moved, mine);
      morph(moved, wanted, theirs);
    } else {
      from.insertBefore(document.importNode(wanted, true), mine);
    }
  }
  while (mine) {
    const gone = mine;
    mine = mine.nextSibling;
    if (!(gone.nodeType === Node.ELEMENT_NODE && gone.matches("dialog[open]"))) gone.remove();
  }
};

const parse = (text) => new DOMParser().parseFromString(text, "text/html");

// ---- Dialogs: modal, closed by Esc or "Back", and the focus comes back ----

const openDialogs = (root) => {
  for (const dialog of root.querySelectorAll("dialog[open]")) {
    if (dialog.matches(":modal")) continue;
    const back = document.activeElement;
    dialog.removeAttribute("open");
    for (const form of document.querySelectorAll("form[inert]")) form.inert = false;
    dialog.showModal();
    dialog.addEventListener("close", () => {
      const opener = back && back !== document.body && back.isConnected ? back : document.querySelector(dialog.dataset.opener);
      if (opener) opener.focus();
    }, { once: true });
  }
};

document.addEventListener("click", (event) => {
  const closer = event.target.closest("[data-close]");
  const dialog = closer && closer.closest("dialog");
  if (dialog && dialog.matches(":modal")) {
    event.preventDefault();
    dialog.close();
  }
});

// ---- Forms that change a part of the page ----

const showPage = (doc, url) => {
  const main = document.getElementById("main");
  const fetched = doc.getElementById("main");
  if (!fetched || doc.body.className !== document.body.className) {
    location.assign(url);
    return;
  }
  document.title = doc.title;
  morph(main, fetched, true);
  openDialogs(main);
  const wrong = main.querySelector("[aria-invalid=true]");
  if (wrong) wrong.focus();
};

const send = async (form, submitter) => {
  const body = new URLSearchParams(new FormData(form, submitter));
  const response = await fetch(form.action, { method: "POST", body, headers: { accept: "text/html" } });
  const text = await response.text();
  if (response.redirected && new URL(response.url).pathname !== location.pathname) {
    location.assign(response.url);
    return;
  }
  showPage(parse(text), response.url);
  if (form.dataset.done && response.ok) announce(form.dataset.done);
};

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.getAttribute("aria-busy") === "true") {
    event.preventDefault(); // A second click while the first is under way.
    return;
  }
  if (form.method !== "post") return;
  form.setAttribute("aria-busy", "true");
  if (!form.matches("[data-enhance]")) {
    setTimeout(() => form.removeAttribute("aria-busy"), 10000); // Unless the next page came.
    return;
  }
  event.preventDefault();
  send(form, event.submitter)
    .catch(() => form.submit())
    .finally(() => form.removeAttribute("aria-busy"));
});

// Back from the next page: the browser shows this one as it was left.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[aria-busy]")) form.removeAttribute("aria-busy");
});

// ---- Lists: the filter works while one types ----

let typing;
const filter = async (form) => {
  const query = new URLSearchParams(new FormData(form));
  for (const [name, value] of [...query]) if (!value) query.delete(name);
  const address = form.getAttribute("action") + (query.size ? `?${query}` : "");
  history.replaceState(null, "", address);
  await refresh(true);
};
document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-filter]");
  if (!form) return;
  clearTimeout(typing);
  typing = setTimeout(() => filter(form).catch(() => form.submit()), event.target.matches("select") ? 0 : 250);
});

// ---- Live: what changed elsewhere appears here ----

let under_way = null;
let again = false;

// Fetches this page and swaps the regions that are live.
const refresh = async (person) => {
  if (under_way) {
    again = true;
    return under_way;
  }
  under_way = (async () => {
    const address = location.href;
    const response = await fetch(address, { headers: person ? {} : { "x-usher-live": "1" } });
    if (response.redirected) {
      location.reload();
      return;
    }
    if (!response.ok) return;
    const doc = parse(await response.text());
    if (address !== location.href) {
      again = true;
      return;
    }
    for (const region of document.querySelectorAll("[data-live]")) {
      const fetched = doc.getElementById(region.id);
      if (fetched) morph(region, fetched, false);
    }
    sayTimes();
  })();
  try {
    await under_way;
  } finally {
    under_way = null;
    if (again) {
      again = false;
      setTimeout(() => refresh().catch(() => {}), 400);
    }
  }
};

let stream = null;
let opened = false;
let waiting = null;
let settling = null;
const soon = () => {
  waiting ??= setTimeout(() => {
    waiting = null;
    refresh().catch(() => {});
  }, 100);
  // The counts beside a filter may be some seconds old.
  clearTimeout(settling);
  if (document.querySelector("[data-filter]")) settling = setTimeout(() => refresh().catch(() => {}), 2500);
};

const listen = () => {
  if (stream || document.hidden || !document.querySelector("[data-live]")) return;
  stream = new EventSource("/events");
  stream.addEventListener("open", () => {
    if (opened) soon(); // Something may have happened in between.
    opened = true;
  });
  stream.addEventListener("changed", (event) => {
    const regions = [...document.querySelectorAll("[data-live]")];
    if (regions.some((region) => region.dataset.live === "all" || region.dataset.live === event.data)) soon();
  });
  stream.addEventListener("error", () => {
    if (stream && stream.readyState === EventSource.CLOSED) {
      stream = null;
      setTimeout(listen, 10000);
    }
  });
};

// Attempts and errors of a step that is not done are no events: look now and then.
setInterval(async () => {
  if (document.hidden) return;
  for (const region of document.querySelectorAll("[data-poll]")) {
    try {
      const response = await fetch(region.dataset.poll, { headers: { "x-usher-live": "1" } });
      const fetched = response.ok && parse(await response.text()).getElementById(region.id);
      if (fetched && region.isConnected) morph(region, fetched, false);
    } catch {
      // The next time.
    }
  }
  sayTimes();
}, 3000);

// A browser allows six connections to a host: a tab that nobody looks at gives its one back.
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) listen();
  else if (stream) {
    stream.close();
    stream = null;
  }
});

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
    if (time.textContent !== words) time.textContent = words;
  }
};
setInterval(sayTimes, 10000);

// ---- Keys and copying ----

document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, select, textarea, [contenteditable], dialog")) return;
  const search = document.querySelector("input[type=search]");
  if (search) {
    event.preventDefault();
    search.focus();
    search.select();
  }
});

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

openDialogs(document);
sayTimes();
listen();
