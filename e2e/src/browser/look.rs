//! How a tab looks at a page: how wide it is, light or dark; and what axe-core finds there.

use anyhow::Result;
use chromiumoxide::cdp::browser_protocol::emulation::{
    MediaFeature, SetDeviceMetricsOverrideParams, SetEmulatedMediaParams, SetTimezoneOverrideParams,
};

use super::Tab;

const AXE: &str = "axe-core-4.14.1/axe.min.js";
/// Every rule of axe-core, best practices too; a violation in a line.
const LOOK: &str = "axe.run({ resultTypes: ['violations'] }).then(found => found.violations.map(violation =>
    `${violation.id} (${violation.help}): ` + violation.nodes.map(node => node.html.slice(0, 200)).join(' | ')))";

/// What doesn't fit, a line each: columns below their minimum, cells that spill over, texts on top of each other, amounts that
/// are broken, and whatever stands outside of the window.
const CROWDED: &str = r#"(async () => {
    // What slides to its place after an update is not there yet.
    await Promise.allSettled(document.getAnimations().map(one => one.finished));
    const found = [];
    const words = node => (node.textContent ?? '').trim().replace(/\s+/g, ' ').slice(0, 50);
    const html = document.documentElement;
    if (html.scrollWidth > html.clientWidth) found.push(`the page is ${html.scrollWidth} wide in ${html.clientWidth}`);
    const modal = document.querySelector('dialog:modal');
    const seen = element => element.checkVisibility({ visibilityProperty: true, opacityProperty: true })
        && (!modal || modal.contains(element))
        && !element.closest('.unseen, .skip, pre, option, [inert]') && getComputedStyle(element).clipPath === 'none'
        && (!element.closest('details:not([open], .sections)') || element.closest('summary') !== null);
    for (const table of document.querySelectorAll('table')) {
        if (getComputedStyle(table).display !== 'table') continue;
        for (const cell of table.rows[0].cells) {
            // One that stands elsewhere at this width.
            if (getComputedStyle(cell).display === 'none') continue;
            const { width } = cell.getBoundingClientRect();
            if (width < 55) found.push(`the column "${words(cell)}" is ${width} wide`);
        }
        for (const cell of table.querySelectorAll('td.c-lead, td.a-what')) {
            const { width } = cell.getBoundingClientRect();
            if (width < 100) { found.push(`"${words(cell)}" has ${width}`); break; }
        }
    }
    for (const box of document.querySelectorAll('td, th, dd, dt, li, p, h1, h2, h3, .document')) {
        if (seen(box) && box.scrollWidth > box.clientWidth + 1 && getComputedStyle(box).display !== 'inline')
            found.push(`"${words(box)}" needs ${box.scrollWidth} and has ${box.clientWidth}`);
    }
    for (const box of document.querySelectorAll('main *, header *')) {
        const { overflowX, overflowY } = getComputedStyle(box);
        if (overflowX !== 'hidden' && overflowX !== 'clip' || box.matches('input, select, textarea, svg, svg *') || box.closest('[title]')) continue;
        if (seen(box) && (box.scrollWidth > box.clientWidth + 1 || overflowY === 'hidden' && box.scrollHeight > box.clientHeight + 1))
            found.push(`"${words(box)}" is cut`);
    }
    const texts = [];
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
        const node = walk.currentNode;
        const parent = node.parentElement;
        if (!node.nodeValue.trim() || parent.closest('thead, script') && getComputedStyle(parent.closest('thead') ?? parent).position === 'absolute' || !seen(parent)) continue;
        const range = document.createRange();
        range.selectNodeContents(node);
        for (const box of range.getClientRects()) {
            if (box.width < 1) continue;
            if (box.left < -1 || box.right > html.clientWidth + 1) found.push(`"${words(node)}" is outside of the window`);
            texts.push({ box, node });
        }
        // What a button shows beside its name is told by the dialog above it.
        for (const word of parent.closest('[aria-hidden]') ? [] : node.nodeValue.matchAll(/\S+@\S+/g)) {
            const top = back => {
                range.setStart(node, word.index + word[0].length - back);
                range.setEnd(node, word.index + word[0].length - back + 1);
                return Math.round(range.getBoundingClientRect().top);
            };
            if (top(3) !== top(1)) found.push(`"${word[0].slice(-30)}" breaks its last letters off`);
        }
        for (const word of node.nodeValue.matchAll(/(?<!\S)[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}]{2,16}[,.;:]?(?!\S)/gu)) {
            range.setStart(node, word.index);
            range.setEnd(node, word.index + word[0].length);
            if (new Set([...range.getClientRects()].map(box => Math.round(box.top))).size > 1) found.push(`the word "${word[0]}" is broken`);
        }
        for (const amount of node.nodeValue.matchAll(/-?\$[\d,]+(\.\d\d)?/g)) {
            range.setStart(node, amount.index);
            range.setEnd(node, amount.index + amount[0].length);
            if (new Set([...range.getClientRects()].map(box => Math.round(box.top))).size > 1) found.push(`${amount[0]} is broken`);
        }
    }
    // What stays where the page scrolls lies over the rest of it.
    const layer = node => {
        for (let at = node.parentElement; at; at = at.parentElement)
            if (['sticky', 'fixed'].includes(getComputedStyle(at).position)) return at;
        return null;
    };
    texts.sort((a, b) => a.box.top - b.box.top);
    texts.forEach((one, index) => {
        for (const other of texts.slice(index + 1)) {
            if (other.box.top > one.box.bottom - 4) break;
            const across = Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left);
            const down = Math.min(one.box.bottom, other.box.bottom) - other.box.top;
            if (one.node !== other.node && across > 1 && down > 4 && layer(one.node) === layer(other.node))
                found.push(`"${words(one.node)}" and "${words(other.node)}" overlap`);
        }
    });
    return [...new Set(found)].slice(0, 8);
})()"#;

/// What is smaller than 44 pixels, the least that a finger hits for certain (WCAG 2.2, success criterion 2.5.5): buttons, fields and
/// links, except those in a sentence.
const SMALL: &str = r#"(() => {
    const found = [];
    const modal = document.querySelector('dialog:modal');
    const seen = element => element.checkVisibility({ visibilityProperty: true, opacityProperty: true })
        && (!modal || modal.contains(element)) && !element.closest('.unseen, .skip, [inert]') && getComputedStyle(element).clipPath === 'none'
        && (!element.closest('details:not([open], .sections)') || element.closest('summary') !== null);
    const inText = link => [...link.parentNode.childNodes].some(node => node.nodeType === Node.TEXT_NODE && /[\p{L}\d]/u.test(node.nodeValue));
    for (const target of document.querySelectorAll('a[href], button, input:not([type="hidden"]), select, textarea, summary')) {
        if (!seen(target) || target.closest('thead') || target.matches('a') && inText(target)) continue;
        let { width, height } = target.getBoundingClientRect();
        if (target.matches('[type="checkbox"], [type="radio"]')) {
            for (const label of target.labels) {
                const box = label.getBoundingClientRect();
                height = Math.max(height, box.height);
                width += box.width;
            }
        }
        const name = (target.innerText || target.getAttribute('aria-label') || target.name || target.id).trim().slice(0, 40);
        if (width < 43.5 || height < 43.5) found.push(`${target.localName} "${name}" in ${target.parentNode.localName}.${target.parentNode.className} is ${Math.round(width)} by ${Math.round(height)}`);
    }
    return [...new Set(found)].slice(0, 12);
})()"#;

/// Adds up what moves without a person's doing, from now on.
const WATCH: &str = "(() => {
    window.shifts = [];
    new PerformanceObserver(list => {
        for (const entry of list.getEntries()) {
            if (entry.hadRecentInput) continue;
            const moved = entry.sources.map(source => (source.node?.textContent ?? '?').trim().slice(0, 40));
            window.shifts.push({ value: entry.value, moved });
        }
    }).observe({ type: 'layout-shift' });
    return true;
})()";

impl Tab {
    /// Makes the tab this wide and zoomed in by so many per cent.
    ///
    /// # Errors
    /// When Chromium doesn't answer.
    pub async fn zoom(&self, width: i64, per_cent: i64) -> Result<()> {
        let (wide, high) = (width * 100 / per_cent, 900 * 100 / per_cent);
        let factor = per_cent as f64 / 100.0;
        self.page()
            .execute(SetDeviceMetricsOverrideParams::new(
                wide, high, factor, false,
            ))
            .await?;
        Ok(())
    }

    /// Shows the page as it is printed on A4, between its margins.
    ///
    /// # Errors
    /// When Chromium doesn't answer.
    pub async fn on_paper(&self) -> Result<()> {
        let page = self.page();
        page.execute(SetDeviceMetricsOverrideParams::new(673, 900, 1.0, false))
            .await?;
        page.execute(SetEmulatedMediaParams::builder().media("print").build())
            .await?;
        Ok(())
    }

    /// What doesn't fit on the page as it is shown.
    ///
    /// # Errors
    /// When the page is just changing.
    pub async fn crowded(&self) -> Result<Vec<String>> {
        Ok(self.page().evaluate(CROWDED).await?.into_value()?)
    }

    /// What a finger may miss on the page as it is shown.
    ///
    /// # Errors
    /// When the page is just changing.
    pub async fn small_targets(&self) -> Result<Vec<String>> {
        Ok(self.page().evaluate(SMALL).await?.into_value()?)
    }

    /// Begins to watch what moves on the page by itself.
    ///
    /// # Errors
    /// When the page is just changing.
    pub async fn watch_shifts(&self) -> Result<()> {
        self.page().evaluate(WATCH).await?.into_value::<bool>()?;
        Ok(())
    }

    /// What has moved by itself since: how much in all (Chromium's layout shift score), and what.
    ///
    /// # Errors
    /// When nobody watched.
    pub async fn shifts(&self) -> Result<(f64, String)> {
        // Two frames later all of it is counted.
        const COUNT: &str = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() =>
            done([window.shifts.reduce((sum, shift) => sum + shift.value, 0), JSON.stringify(window.shifts)])))))";
        Ok(self.page().evaluate(COUNT).await?.into_value()?)
    }

    /// Where the browser is, by the name of its time zone.
    ///
    /// # Errors
    /// When Chromium knows no such zone.
    pub async fn in_zone(&self, zone: &str) -> Result<()> {
        self.page()
            .execute(SetTimezoneOverrideParams::new(zone))
            .await?;
        Ok(())
    }

    /// Makes the tab this wide, by a system that is light or dark.
    ///
    /// # Errors
    /// When Chromium doesn't answer.
    pub async fn wear(&self, width: i64, scheme: &str) -> Result<()> {
        let page = self.page();
        page.execute(SetDeviceMetricsOverrideParams::new(width, 900, 1.0, false))
            .await?;
        let scheme = MediaFeature::new("prefers-color-scheme", scheme);
        page.execute(SetEmulatedMediaParams::builder().feature(scheme).build())
            .await?;
        Ok(())
    }

    /// What is wrong with the page: axe-core's violations, and when one has to scroll sideways. Where npm can't be
    /// reached there is no axe-core: that is said, and the rest is looked at.
    ///
    /// # Errors
    /// When axe-core does not run.
    pub async fn violations(&self) -> Result<Vec<String>> {
        let page = self.page();
        let is_loaded: bool = self.evaluate("'axe' in window").await?;
        let mut found: Vec<String> = if is_loaded || self.load(AXE).await? {
            page.evaluate(LOOK).await?.into_value()?
        } else {
            Vec::new()
        };
        let wide: bool = page
            .evaluate("document.documentElement.scrollWidth > innerWidth")
            .await?
            .into_value()?;
        if wide {
            found.push("the page is wider than the window".to_owned());
        }
        Ok(found)
    }

    /// Presses a key where the focus is, as the keyboard does.
    ///
    /// # Errors
    /// When nothing has the focus.
    pub async fn press_here(&self, key: &str) -> Result<()> {
        self.page()
            .find_element(":focus")
            .await?
            .press_key(key)
            .await?;
        Ok(())
    }

    /// The words of what has the focus: a button's, or a field's label.
    ///
    /// # Errors
    /// When the page is just changing.
    pub async fn focused(&self) -> Result<String> {
        Ok(self
            .page()
            .evaluate(
                "(document.activeElement.labels?.[0] ?? document.activeElement).innerText.trim()",
            )
            .await?
            .into_value()?)
    }
}
