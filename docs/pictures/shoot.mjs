// A picture of a page as it opens: node shoot.mjs ADDRESS PICTURE

import { chromium } from "playwright-core";

const [address, picture] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
});
const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, deviceScaleFactor: 1 });
await page.goto(address);
// What is drawn behind the first paint, and the first numbers that are pushed.
await page.waitForTimeout(4000);
await page.screenshot({ path: picture });
await browser.close();
