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
    if (acting) return;
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
    await slid();
    const change = () => {
      for (const region of document.querySelectorAll("[data-live]")) {
        const fetched = doc.getElementById(region.id);
        if (fetched) morph(region, fetched, false);
      }
      sayTimes();
    };
    // Who types a filter waits for what it finds.
    if (person) change();
    else holdStill(change);
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
const soon = (settle) => {
  waiting ??= setTimeout(() => {
    waiting = null;
    refresh().catch(() => {});
  }, 100);
  // The counts beside a filter may be some seconds old.
  if (!settle) return;
  clearTimeout(settling);
  if (document.querySelector("[data-filter]")) settling = setTimeout(() => refresh().catch(() => {}), 2500);
};

const listen = () => {
  if (stream || document.hidden || !document.querySelector("[data-live], [data-count]")) return;
  stream = new EventSource("/changes");
  stream.addEventListener("open-at", (event) => {
    // Something may have happened while there was no stream, also between the making of the page and its first one.
    const made = document.querySelector("[data-told]");
    if (opened || !made || made.dataset.told !== event.data) soon(opened);
    opened = true;
  });
  stream.addEventListener("changed", (event) => {
    const regions = [...document.querySelectorAll("[data-live]")];
    if (regions.some((region) => region.dataset.live === "all" || region.dataset.live === event.data)) soon(true);
  });
  // The numbers around the page.
  stream.addEventListener("counts", (event) => {
    for (const [name, count] of Object.entries(JSON.parse(event.data))) {
      for (const shown of document.querySelectorAll(`[data-count="${name}"]`)) {
        if (shown.textContent !== count) shown.textContent = count ?? "";
        shown.hidden = !count || count === "0";
      }
    }
  });
  // Not all that these pages show is an event.
  stream.addEventListener("tick", () => {
    if (document.querySelector("[data-tick]")) soon(false);
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
      await slid();
      if (fetched && region.isConnected) holdStill(() => morph(region, fetched, false));
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

