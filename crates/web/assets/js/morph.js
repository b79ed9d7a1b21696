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

