// ---- Find anyone: results while one types, by the keyboard alone ----

const finder = () => document.getElementById("find");
const found = () => document.getElementById("found");
const hits = () => [...found().querySelectorAll("[role=option]")];
let looking;
let asks = 0;
// What the open list was found for.
let answered = null;
// Who had the focus before the keys brought it here.
let before_find = null;

const shutFound = () => {
  clearTimeout(looking);
  asks += 1;
  answered = null;
  found().hidden = true;
  finder().setAttribute("aria-expanded", "false");
  for (const name of ["aria-controls", "aria-activedescendant"]) finder().removeAttribute(name);
};

// Above everything: the side bar scrolls.
const placeFound = () => {
  const at = finder().getBoundingClientRect();
  const room = document.documentElement.clientWidth;
  const width = Math.min(Math.max(at.width, 448), room - 16);
  const style = found().style;
  style.width = `${width}px`;
  style.left = `${Math.max(8, Math.min(at.left, room - width - 8))}px`;
  style.top = `${at.bottom + 4}px`;
  style.maxHeight = `${Math.max(160, innerHeight - at.bottom - 12)}px`;
};

const choose = (hit) => {
  for (const one of hits()) one.setAttribute("aria-selected", String(one === hit));
  if (!hit) return;
  finder().setAttribute("aria-activedescendant", hit.id);
  hit.scrollIntoView({ block: "nearest" });
};

const lookFor = async () => {
  const typed = finder().value.trim();
  if (!typed) {
    shutFound();
    return;
  }
  asks += 1;
  const mine = asks;
  const query = new URLSearchParams({ q: typed, part: "results" });
  const response = await fetch(`/search?${query}`, { headers: { "x-usher-live": "1" } });
  if (mine !== asks) return;
  if (response.redirected) {
    location.reload();
    return;
  }
  if (!response.ok) {
    shutFound();
    return;
  }
  const told = parse(await response.text()).querySelector("[data-said]");
  if (mine !== asks || !told) return;
  found().replaceChildren(told);
  found().hidden = false;
  answered = typed;
  placeFound();
  finder().removeAttribute("aria-activedescendant");
  const list = document.getElementById("found-list");
  finder().setAttribute("aria-expanded", String(Boolean(list)));
  if (list) finder().setAttribute("aria-controls", list.id);
  else finder().removeAttribute("aria-controls");
  announce(told.dataset.said);
};

// The chosen one, or the first; who is quicker than the answer waits for it.
const openFound = async () => {
  clearTimeout(looking);
  if (answered !== finder().value.trim()) await lookFor();
  const hit = hits().find((one) => one.getAttribute("aria-selected") === "true") || hits()[0];
  if (answered === null || !hit) finder().form.submit();
  else location.assign(hit.href);
};

const toFinder = () => {
  const now = document.activeElement;
  if (now !== finder()) before_find = now;
  finder().focus();
  finder().select();
};

const findKeys = (event) => {
  if (event.isComposing) return;
  const open = !found().hidden;
  const all = hits();
  const at = all.findIndex((one) => one.getAttribute("aria-selected") === "true");
  if ((event.key === "ArrowDown" || event.key === "ArrowUp") && open && all.length) {
    event.preventDefault();
    const step = event.key === "ArrowDown" ? 1 : -1;
    choose(all[at < 0 ? (step > 0 ? 0 : all.length - 1) : (at + step + all.length) % all.length]);
  } else if (event.key === "Enter" && finder().value.trim()) {
    event.preventDefault();
    openFound().catch(() => finder().form.submit());
  } else if (event.key === "Escape") {
    event.preventDefault();
    shutFound();
    const back = before_find;
    before_find = null;
    if (back && back.isConnected && back !== document.body) back.focus();
    else finder().blur();
  } else if (event.key === "Tab") {
    shutFound();
  }
};

const beginFinding = () => {
  if (!finder()) return;
  finder().setAttribute("role", "combobox");
  finder().setAttribute("aria-autocomplete", "list");
  finder().setAttribute("aria-expanded", "false");
  finder().addEventListener("keydown", findKeys);
  finder().addEventListener("input", () => {
    clearTimeout(looking);
    if (!finder().value.trim()) shutFound();
    else looking = setTimeout(() => lookFor().catch(shutFound), 200);
  });
  finder().addEventListener("blur", shutFound);
  // The focus stays in the box while one points at the list.
  found().addEventListener("mousedown", (event) => event.preventDefault());
  for (const name of ["resize", "scroll"]) window.addEventListener(name, () => found().hidden || placeFound(), { passive: true });
};

document.addEventListener("keydown", (event) => {
  const control = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k";
  const slash = event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey
    && !event.target.closest("input, select, textarea, [contenteditable]");
  if (!finder() || !(control || slash) || document.querySelector("dialog:modal")) return;
  event.preventDefault();
  toFinder();
});
