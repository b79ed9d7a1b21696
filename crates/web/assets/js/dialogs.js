// ---- Dialogs: modal, closed by Esc or "Back", and the focus comes back ----

const backOf = (dialog) => {
  const form = dialog.querySelector("form#dialog-back");
  return form ? new URL(form.action) : null;
};

// `own`: the address that the tab shows is the dialog's.
const openDialogs = (root, own) => {
  for (const dialog of root.querySelectorAll("dialog[open]")) {
    if (dialog.matches(":modal")) continue;
    const before = document.activeElement;
    dialog.removeAttribute("open");
    for (const shut of document.querySelectorAll("[inert]")) shut.inert = false;
    dialog.showModal();
    dialog.addEventListener("close", () => {
      const kept = before && before !== document.body && before.isConnected && !dialog.contains(before);
      const opener = kept ? before : document.querySelector(dialog.dataset.opener);
      const back = backOf(dialog);
      dialog.remove();
      // It has an address of its own when it was there from the start.
      if (back && own) history.replaceState(null, "", back);
      // What stands under "More" has no focus while that is shut.
      const menu = opener && opener.closest("details:not([open])");
      if (opener && !dialog.dataset.quiet) (menu ? menu.querySelector("summary") : opener).focus();
    }, { once: true });
  }
};

// The page has something else to show: nobody is sent back to the opener.
const shutDialogs = () => {
  for (const dialog of document.querySelectorAll("dialog:modal")) {
    dialog.dataset.quiet = "1";
    dialog.close();
    dialog.remove();
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

// ---- The menu "More", and on a telephone that of the sections: Esc and a click elsewhere shut them ----

const OPEN_MENU = "details:is(.more, .sections)[open]";
const shutMenus = (but) => {
  for (const menu of document.querySelectorAll(OPEN_MENU)) {
    if (!but || !menu.contains(but)) menu.open = false;
  }
};

document.addEventListener("click", (event) => {
  if (!event.target.closest("dialog")) shutMenus(event.target);
});
document.addEventListener("keydown", (event) => {
  const menu = document.querySelector(OPEN_MENU);
  if (event.key !== "Escape" || !menu || document.querySelector("dialog:modal")) return;
  if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
  menu.open = false;
});

// ---- Forms that change a part of the page ----

// `at`: what was pressed, where the page says nothing of it.
const showPage = (doc, url, at) => {
  const main = document.getElementById("main");
  const fetched = doc.getElementById("main");
  if (!fetched || doc.body.className !== document.body.className) {
    location.assign(url);
    return;
  }
  shutDialogs();
  shutMenus();
  document.title = doc.title;
  morph(main, fetched, true);
  openDialogs(main);
  const told = main.querySelector("[aria-invalid=true]") || main.querySelector("#done, #problem");
  if (told) told.focus();
  else if (at) focusNear(at);
};

// The focus stays where somebody has acted, also when the button is gone.
const focusNear = ({ button, region }) => {
  if (button && button.isConnected) button.focus();
  else if (region && region.isConnected) {
    const heading = region.querySelector("h1, h2, h3");
    if (!heading) return;
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
  }
};

// Acts under way: what they lead to is not overtaken by a live update of the page that they are on.
let acting = 0;
const send = async (form, submitter) => {
  acting += 1;
  const leaves = await sent(form, submitter);
  if (!leaves) acting -= 1;
};

// Whether another page comes.
const sent = async (form, submitter) => {
  const body = new URLSearchParams(new FormData(form, submitter));
  const response = await fetch(form.action, { method: "POST", body, headers: { accept: "text/html" } });
  const doc = parse(await response.text());
  if (response.redirected && new URL(response.url).pathname !== location.pathname) {
    location.assign(response.url);
    return true;
  }
  const asked = form.closest("dialog:modal");
  const button = asked ? document.querySelector(asked.dataset.opener) : submitter;
  const at = { button, region: button && button.closest("section, [data-live]") };
  const again = asked && !response.ok && doc.querySelector("main dialog[open]");
  if (again) {
    morphChildren(asked, again, true);
    const wrong = asked.querySelector("[aria-invalid=true]") || asked.querySelector("[role=alert]");
    if (wrong) wrong.focus();
    return false;
  }
  // What was added is typed no more.
  if (response.ok && form.matches("[data-clear]")) form.reset();
  showPage(doc, response.url, at);
  if (form.dataset.done && response.ok) announce(form.dataset.done);
  return false;
};

// The button leads to a page with the dialog on it: take the dialog from there.
const ask = async (form) => {
  const address = new URL(form.action);
  address.search = new URLSearchParams(new FormData(form));
  const response = await fetch(address, { headers: { accept: "text/html" } });
  const doc = parse(await response.text());
  const dialog = doc.querySelector("main dialog[open]");
  if (!dialog && form.matches("[data-elsewhere]")) {
    // Why not stands on the page of the record.
    location.assign(address);
    return;
  }
  if (!dialog) {
    // It moved on in another window.
    if (response.redirected && new URL(response.url).pathname !== location.pathname) location.assign(response.url);
    else showPage(doc, response.url);
    return;
  }
  const main = document.getElementById("main");
  main.append(document.importNode(dialog, true));
  openDialogs(main);
};

// A double click decides one, not the next one, too.
document.addEventListener("click", (event) => {
  if (event.detail > 1 && event.target.closest("form[data-once]")) event.preventDefault();
}, true);

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.getAttribute("aria-busy") === "true") {
    event.preventDefault(); // A second click while the first is under way.
    return;
  }
  const asks = form.matches("[data-dialog]");
  if (form.method !== "post" && !asks) return;
  form.setAttribute("aria-busy", "true");
  if (!asks && !form.matches("[data-enhance]")) {
    setTimeout(() => form.removeAttribute("aria-busy"), 10000); // Unless the next page came.
    return;
  }
  event.preventDefault();
  (asks ? ask(form) : send(form, event.submitter))
    .catch(() => form.submit())
    .finally(() => form.removeAttribute("aria-busy"));
});

// Back from the next page: the browser shows this one as it was left.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[aria-busy]")) form.removeAttribute("aria-busy");
});

