// Looks at pages in a real browser: node check.mjs FOLDER, with the pages that the Rust tests write in it: one of everything
// that a page can have, and one of a capture whose hosts are called by scripts, as the program makes it.
// It fails at the first page that asks the network for something, reports an error, leaves a chart undrawn, does not sort or
// filter, is wider than a phone, or has a serious finding of axe-core. Screenshots are left in the folder.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const folder = process.argv[2];
const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });

async function opened(name, options) {
  // axe-core is put into the page from outside, which its policy would forbid; nothing else is.
  const context = await browser.newContext({ ...options, bypassCSP: options.bypassCSP ?? false });
  const page = await context.newPage();
  const address = pathToFileURL(path.resolve(folder, name)).href;
  const troubles = [];
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && troubles.push(message.text()));
  page.on("pageerror", (error) => troubles.push(String(error)));
  page.on("dialog", (dialog) => { troubles.push("a dialog: " + dialog.message()); dialog.dismiss(); });
  page.on("request", (request) => {
    if (request.url() !== address && !/^(data|blob):/.test(request.url())) troubles.push("asks for " + request.url());
  });
  await page.goto(address);
  const isInteractive = name.includes("interactive");
  const charts = await page.locator("figure").count();
  if (isInteractive) await page.waitForFunction((charts) => document.querySelectorAll(".drawn").length === charts, charts);
  return { page, context, troubles, isInteractive, charts };
}

async function everyChartIsDrawn({ page, isInteractive, charts }) {
  const drawn = isInteractive ? ".plot .main-svg:first-of-type" : ".drawing svg";
  const boxes = await page.locator(drawn).evaluateAll((all) => all.map((one) => one.getBoundingClientRect().height));
  assert.ok(boxes.length >= charts && boxes.every((height) => height > 60), `heights of charts: ${boxes}`);
}

async function tablesSortAndFilter({ page }, { title, column, filtered, left }) {
  const caption = page.locator("caption", { hasText: title });
  const table = page.locator("main .data").filter({ has: caption }).first();
  const first = (column) => table.locator("tbody tr:not([hidden])").first().locator("th, td").nth(column).innerText();
  const head = table.locator("thead button").nth(column);
  await head.click();
  assert.equal(await table.locator("thead th").nth(column).getAttribute("aria-sort"), "descending");
  const most = await first(column);
  await head.press("Enter");
  assert.notEqual(await first(column), most, "sorting by keyboard");
  const filter = page.getByLabel("Filter " + title).first();
  await filter.fill(filtered);
  assert.equal(await table.locator("tbody tr:not([hidden])").count(), left);
  const status = filter.locator("xpath=following-sibling::*[@role='status']");
  assert.match(await status.innerText(), new RegExp(`^${left} of \\d+ rows$`));
  await filter.fill("");
}

async function namesAreText({ page, isInteractive }) {
  const main = await page.locator("main").innerText();
  assert.ok(main.includes("<script>alert(1)</script>"), "a hostile name is shown");
  assert.equal(await page.locator("svg a, .plot a[href], main a[href*=':']").count(), 0, "a name became a link");
  if (!isInteractive) return;
  const labels = await page.locator(".plot text").allTextContents();
  assert.ok(labels.some((label) => label.includes("<script>")), "a hostile name is a label");
  assert.ok(labels.some((label) => label.includes("%{x}")), "a name is no template");
}

async function scriptsAreText({ page }) {
  const main = await page.locator("main").innerText();
  for (const number of [1, 2, 3]) assert.ok(main.includes(`<script>alert(${number})</script>`), `name ${number} is shown`);
  assert.equal(await page.locator("main script:not([type]), svg a, .plot a[href], main a[href*=':']").count(), 0, "a name became markup");
}

async function theModeIsFollowed({ page }) {
  const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const before = await paper();
  await page.locator("#mode").click();
  await page.waitForTimeout(300);
  assert.notEqual(await paper(), before);
  await page.locator("#mode").click();
}

async function itFits({ page }, width) {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(wide <= width, `${wide} pixels are wider than ${width}`);
}

async function thePointerIsAnswered({ page, isInteractive }) {
  if (!isInteractive) return;
  // A heat map answers wherever it is; the middle of bars may be between two of them.
  const heat = page.locator("figure", { hasText: "Confusion in shares" });
  const figures = await heat.count() ? heat : page.locator("figure");
  const plot = figures.locator(".plot .nsewdrag").first();
  await plot.scrollIntoViewIfNeeded();
  await plot.hover();
  await page.waitForSelector(".hoverlayer .legend, .hoverlayer .hovertext", { timeout: 5000 });
}

async function nothingSeriousIsFound({ page }, name) {
  await page.addScriptTag({ path: axe });
  const found = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
  const serious = found.violations.filter(({ impact }) => ["serious", "critical"].includes(impact));
  const told = serious.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map(({ html }) => html.slice(0, 200)).join(" | ")}`);
  assert.deepEqual(told, [], `${name}: axe-core`);
}

const views = [
  { width: 1280, height: 900, colorScheme: "light" },
  { width: 1280, height: 900, colorScheme: "dark" },
  { width: 360, height: 740, colorScheme: "light" },
  { width: 360, height: 740, colorScheme: "dark" },
];
// Of each page what is looked at beside what is of all. A table has a column that it is sorted by, and so many rows with a text.
const ordinary = { title: "Busiest hosts", column: 3, filtered: "192.0.2.1", left: 11 };
const ofTable = { title: "Columns, in their order", column: 4, filtered: "bytes", left: 2 };
const sorted = (table) => (open) => tablesSortAndFilter(open, table);
const pages = {
  "static.html": [sorted(ordinary), namesAreText],
  "interactive.html": [sorted(ordinary), namesAreText],
  "static-table.html": [sorted(ofTable), namesAreText],
  "interactive-table.html": [sorted(ofTable), namesAreText],
  "static-evaluation.html": [namesAreText],
  "interactive-evaluation.html": [namesAreText],
  "explored-static.html": [scriptsAreText],
  "explored-interactive.html": [scriptsAreText],
};
for (const [name, itsOwn] of Object.entries(pages)) {
  for (const { width, height, colorScheme } of views) {
    const options = { viewport: { width, height }, colorScheme };
    const open = await opened(name, options);
    await everyChartIsDrawn(open);
    await itFits(open, width);
    for (const check of itsOwn) await check(open);
    await theModeIsFollowed(open);
    await thePointerIsAnswered(open);
    const picture = `${path.parse(name).name}-${width}-${colorScheme}.png`;
    await open.page.mouse.move(0, 0);
    await open.page.screenshot({ path: path.join(folder, picture), fullPage: true });
    assert.deepEqual(open.troubles, [], `${name} at ${width}, ${colorScheme}`);
    await open.context.close();
    const audited = await opened(name, { ...options, bypassCSP: true });
    await nothingSeriousIsFound(audited, `${name} at ${width}, ${colorScheme}`);
    await audited.context.close();
    console.log(`${name} at ${width}, ${colorScheme}: sound`);
  }
}
await browser.close();
