// What makes the pages quicker. Everything works without it.
"use strict";

const announce = (words) => {
  const region = document.getElementById("announce");
  if (region) region.textContent = words;
};

// ---- Morphing: a fetched page replaces what differs and leaves the rest, the focus included, where it is ----

// By attribute: a form that has a field called "id" shows that as its own.
const keyOf = (node) => (node.nodeType === Node.ELEMENT_NODE ? node.getAttribute("id") || node.dataset.key || "" : "");

const alike = (a, b) => a.nodeType === b.nodeType && a.nodeName === b.nodeName && keyOf(a) === keyOf(b);

// A live update doesn't say whether a dialog is over the page: that is the person's doing.
const syncAttributes = (from, to, theirs) => {
  for (const { name, value } of to.attributes) {
    if (name === "inert" && !theirs) continue;
    if (from.getAttribute(name) !== value) from.setAttribute(name, value);
  }
  for (const { name } of [...from.attributes]) {
    if (!to.hasAttribute(name) && (name !== "inert" || theirs)) from.removeAttribute(name);
  }
};

// `theirs`: whether what the server says goes before what a person has typed.
const morph = (from, to, theirs) => {
  if (from.nodeType !== Node.ELEMENT_NODE) {
    if (from.nodeValue !== to.nodeValue) from.nodeValue = to.nodeValue;
    return;
  }
  if (from.isEqualNode(to)) return;
  // A form keeps the id of what it adds until that is added.
  if (!theirs && from.matches("input[data-once]")) return;
  if (!theirs && (from.matches("dialog[open]") || from === document.activeElement && from.matches("input, select, textarea"))) return;
  const open = from.matches("details") && from.open;
  syncAttributes(from, to, theirs);
  if (open) from.open = true;
  if (theirs && from.matches("input") && from.value !== to.value) from.value = to.value;
  morphChildren(from, to, theirs);
};

// What a person has just been told stays until they do something else.
const stays = (node) => node.nodeType === Node.ELEMENT_NODE && node.matches("#done, #problem");
const isBlank = (node) => node.nodeType === Node.TEXT_NODE && !node.nodeValue.trim();

const morphChildren = (from, to, theirs) => {
  const coming = new Set([...to.children].map(keyOf));
  let mine = from.firstChild;
  const passGone = () => {
    while (mine && keyOf(mine) && !coming.has(keyOf(mine))) {
      const gone = mine;
      mine = mine.nextSibling;
      if (theirs || !stays(gone)) gone.remove();
    }
  };
  for (const wanted of [...to.childNodes]) {
    passGone();
    if (mine && isBlank(mine) && mine.nextSibling && !alike(mine, wanted) && alike(mine.nextSibling, wanted)) {
      const blank = mine;
      mine = mine.nextSibling;
      blank.remove();
    }
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
    if (stays(gone) && !theirs) continue;
    if (!(gone.nodeType === Node.ELEMENT_NODE && gone.matches("dialog[open]"))) gone.remove();
  }
};

// ---- Live updates move nothing under somebody's eyes: what one is at stays, the rest slides to its new place ----

const places = (root) => new Map([...root.querySelectorAll("*")].map((element) => [element, element.getBoundingClientRect()]));

// What somebody is at: the focus, a selection, or on a page that is scrolled what stands at its top.
const heldAmong = (before) => {
  const selection = getSelection();
  const selected = selection && !selection.isCollapsed && selection.anchorNode ? selection.anchorNode.parentElement : null;
  const at = [document.activeElement, selected].find((element) => element && element.isConnected && before.has(element));
  if (at || window.scrollY === 0) return at;
  let top = null;
  for (const [element, was] of before) {
    if (element.isConnected && was.height > 0 && was.top >= 0 && (!top || was.top < before.get(top).top)) top = element;
  }
  return top;
};

let slides = [];
// The next update waits for them: where something is while it slides is not where it stands.
const slid = async () => {
  if (!slides.length || document.hidden) return;
  await Promise.allSettled(slides.map((one) => one.finished));
  slides = [];
  await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
};
const slide = (parent, before, after, x, y) => {
  for (const child of parent.children) {
    const [was, is] = [before.get(child), after.get(child)];
    if (!was || !is) continue;
    const [dx, dy] = [was.left - is.left, was.top - is.top];
    const moved = Math.abs(dx - x) > 1 || Math.abs(dy - y) > 1;
    const shown = was.width > 0 && is.width > 0 && was.top < innerHeight && was.bottom > 0;
    if (moved && shown) {
      const from = { transform: `translate(${dx - x}px, ${dy - y}px)` };
      slides.push(child.animate([from, { transform: "none" }], { duration: 250, easing: "ease-out" }));
      slide(child, before, after, dx, dy);
    } else slide(child, before, after, x, y);
  }
};

const holdStill = (change) => {
  const main = document.getElementById("main");
  const before = places(main);
  slides = [];
  change();
  const held = heldAmong(before);
  const off = held ? held.getBoundingClientRect().top - before.get(held).top : 0;
  if (off) window.scrollBy({ top: off, behavior: "instant" });
  if (!matchMedia("(prefers-reduced-motion: reduce)").matches) slide(main, before, places(main), 0, 0);
};

const parse = (text) => new DOMParser().parseFromString(text, "text/html");

