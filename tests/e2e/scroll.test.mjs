// Scrolling through 100,000 messages of one conversation in the local copy. The assertions hold on a slow machine, too.
// The number of frames that were drawn is only printed.

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { importLines, userLines } from "../support/import-messages.mjs";
import { startDemo } from "./demo-page.mjs";
import { countFrames } from "./frames.mjs";

const MESSAGES = Number(process.env.ROAMKIT_SCROLL_MESSAGES ?? 100_000);
/** The maximum number of elements of the whole page with both devices. */
const MAX_ELEMENTS = 3_000;
const WORDS = "the quick brown fox jumps over a lazy dog while seven wizards judge boxing matches".split(" ");

let folder;
let demo;
let page;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "roamkit-scroll-"));
  const database = `sqlite:${join(folder, "server.db")}`;
  await importLines(database, folder, [...userLines("alice", "bob"), ...conversation()]);
  demo = await startDemo({ database });
  // All tests below use this page, because loading the history takes long.
  page = await demo.signedIn("alice", { kept: true });
  await page.left.openConversation("bob");
  await page.left.part("load-history").click();
  await page.left.root.locator('[data-event="historyLoaded"]').waitFor({ timeout: 300_000 });
});
after(async () => {
  await demo?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Yields numbered texts of 1 to 60 words, a minute apart. They are the same in every run. */
function* conversation() {
  const now = Date.now();
  for (let i = 0; i < MESSAGES; i += 1) {
    const [from, to] = i % 5 < 2 ? ["alice", "bob"] : ["bob", "alice"];
    yield { type: "message", from, to, time: now - (MESSAGES - i) * 60_000, body: { type: "txt", msg: textOf(i) } };
  }
}

function textOf(number) {
  const length = number % 11 === 0 ? 60 : 1 + ((number * 7) % 13);
  return `#${number} ${Array.from({ length }, (_, word) => WORDS[(number * 3 + word * 5) % WORDS.length]).join(" ")}`;
}

/** Takes the left device offline and reopens the conversation, so that all messages come from the local copy. */
async function reopenOffline() {
  await page.left.setNetwork(false);
  await page.left.waitForState("offline");
  await page.left.openConversation("bob");
  await page.page.waitForFunction(
    ([device, minHeight]) => document.querySelector(`#${device} [data-part="scroller"]`).scrollHeight > minHeight,
    ["demo-left", MESSAGES * 30],
  );
}

/** The number of the message in the middle of the view. */
const numberInView = () =>
  page.left.scroller.evaluate((scroller) => {
    const { top, left, width, height } = scroller.getBoundingClientRect();
    for (let y = top + height / 2; y < top + height; y += 10) {
      const row = document.elementsFromPoint(left + width / 2, y).map((element) => element.closest(".message")).find(Boolean);
      if (row) return Number(/#(\d+)/.exec(row.textContent)[1]);
    }
    return undefined;
  });

test("the view is not blank while the mouse wheel turns", async (t) => {
  await reopenOffline();
  const { left } = page;
  await left.scroller.hover();
  await left.scroller.evaluate((scroller) => {
    const list = scroller.querySelector(".messages");
    const stats = { frames: 0, blank: 0, elements: 0, gaps: [] };
    let last = performance.now();
    const onFrame = (now) => {
      if (!window.frameStats) return;
      stats.frames += 1;
      stats.gaps.push(now - last);
      last = now;
      const { top, bottom } = list.getBoundingClientRect();
      const box = scroller.getBoundingClientRect();
      if (top > box.bottom || bottom < box.top) stats.blank += 1;
      if (stats.frames % 30 === 0) stats.elements = Math.max(stats.elements, document.querySelectorAll("*").length);
      requestAnimationFrame(onFrame);
    };
    window.frameStats = stats;
    requestAnimationFrame(onFrame);
  });
  const traced = await countFrames(demo.browser, page.page, async () => {
    for (const step of [-100, -200, -400, 400]) {
      for (let turn = 0; turn < 150; turn += 1) await page.page.mouse.wheel(0, step);
    }
  });
  const stats = await page.page.evaluate(() => {
    const { frameStats } = window;
    window.frameStats = undefined;
    return frameStats;
  });
  const gaps = stats.gaps.slice(1).sort((a, b) => a - b);
  const fps = (1000 * gaps.length) / gaps.reduce((sum, gap) => sum + gap, 0);
  t.diagnostic(
    `${stats.frames} frames, ${fps.toFixed(1)} a second, 95 % within ${gaps[Math.floor(gaps.length * 0.95)].toFixed(1)} ms, ` +
      `the longest ${gaps.at(-1).toFixed(1)} ms; the trace: ${traced.drawn} drawn, ${traced.dropped} dropped in ` +
      `${traced.seconds.toFixed(1)} s; ${stats.blank} without a message; at most ${stats.elements} elements`,
  );
  assert.ok(stats.frames > 60, "the page drew too few frames");
  // The view moves by up to 18,000 pixels per second, so on a busy machine some frames may be blank.
  assert.ok(stats.blank <= stats.frames / 50, `${stats.blank} of ${stats.frames} frames without a message`);
  assert.ok(stats.elements < MAX_ELEMENTS, `${stats.elements} elements`);
  assert.ok((await numberInView()) < MESSAGES - 500, "the wheel did not scroll");
  page.assertNoConsoleErrors();
});

test("all messages appear in order with their texts, and the page has few elements", async (t) => {
  await reopenOffline();
  const start = performance.now();
  const walked = await page.left.scroller.evaluate(walkUp, MESSAGES);
  t.diagnostic(`${MESSAGES} messages in ${walked.frames} frames, ${Math.round(performance.now() - start)} ms; ${walked.elements} elements`);
  assert.equal(walked.problem, undefined);
  assert.equal(walked.texts.length, MESSAGES);
  const wrong = walked.texts.findIndex((text, number) => text !== textOf(number));
  assert.equal(wrong, -1, `message ${wrong} reads ${walked.texts[wrong]}`);
  assert.ok(walked.elements < MAX_ELEMENTS, `${walked.elements} elements`);
  assert.match(await page.left.part("top-edge").innerText(), /begins here/);
  page.assertNoConsoleErrors();
});

/** Runs in the page: scrolls up to the first message, never beyond the loaded ones. Collects the texts by number. */
async function walkUp(scroller, messages) {
  const list = scroller.querySelector(".messages");
  const texts = [];
  let elements = 0;
  let waited = 0;
  for (let frames = 1; ; frames += 1) {
    await new Promise(requestAnimationFrame);
    const numbers = [...list.querySelectorAll(".message .text")].map(({ textContent }) => {
      const number = Number(/^#(\d+)/.exec(textContent)[1]);
      texts[number] = textContent;
      return number;
    });
    const broken = numbers.findIndex((number, i) => number !== numbers[0] + i);
    if (broken >= 0) return { problem: `message ${numbers[broken - 1]} is followed by ${numbers[broken]}`, texts };
    if (frames % 30 === 0) elements = Math.max(elements, document.querySelectorAll("*").length);
    if (numbers[0] === 0 && scroller.scrollTop < 200) {
      return texts.includes(undefined) || texts.length !== messages
        ? { problem: `message ${texts.findIndex((text) => text === undefined)} never appeared`, texts, elements }
        : { texts, elements, frames };
    }
    const loaded = scroller.scrollTop - list.offsetTop;
    waited = loaded > 0 ? 0 : waited + 1;
    if (waited > 600) return { problem: `nothing older than ${numbers[0]} appears`, texts };
    scroller.scrollTop -= Math.min(4000, Math.max(loaded, 1));
  }
}

test("the scrollbar reaches any position at once", async () => {
  await reopenOffline();
  const { scroller } = page.left;
  for (const share of [0.5, 0.1, 0.75, 0.25, 0]) {
    await scroller.evaluate((element, share) => {
      element.scrollTop = share * (element.scrollHeight - element.clientHeight);
    }, share);
    await page.page.waitForFunction((device) => {
      const element = document.querySelector(`#${device} [data-part="scroller"]`);
      const box = element.getBoundingClientRect();
      const list = element.querySelector(".messages").getBoundingClientRect();
      return list.top <= box.top + 100 && list.bottom >= box.bottom;
    }, "demo-left");
    const off = Math.abs((await numberInView()) - share * MESSAGES);
    assert.ok(off < MESSAGES / 20, `${off} messages away from ${share}`);
  }
  assert.match(await page.left.part("top-edge").innerText(), /begins here/);
  await page.left.part("to-newest").click();
  await page.page.waitForFunction(
    ([device, last]) => [...document.querySelectorAll(`#${device} .message`)].at(-1)?.textContent.includes(`#${last} `),
    ["demo-left", MESSAGES - 1],
  );
  page.assertNoConsoleErrors();
});

test("the arrow keys continue in the view after the focused message was dropped from the page", async () => {
  await reopenOffline();
  const { scroller } = page.left;
  await page.left.root.locator(".message").last().focus();
  await scroller.evaluate((element) => {
    element.scrollTop = element.scrollHeight / 2;
  });
  await page.page.waitForFunction(() => document.activeElement.matches(".messages"));
  await page.page.keyboard.press("ArrowDown");
  const { number, isInView } = await scroller.evaluate((element) => {
    const row = document.activeElement.getBoundingClientRect();
    const box = element.getBoundingClientRect();
    return { number: /#(\d+)/.exec(document.activeElement.textContent)?.[1], isInView: row.top >= box.top && row.top < box.bottom };
  });
  assert.ok(isInView, "the focused message is out of view");
  await page.page.keyboard.press("ArrowDown");
  const next = await page.page.evaluate(() => /#(\d+)/.exec(document.activeElement.textContent)?.[1]);
  assert.equal(Number(next), Number(number) + 1);
  page.assertNoConsoleErrors();
});

test("the messages in view keep their place when messages arrive at the bottom", async () => {
  await page.left.setNetwork(true);
  await page.left.waitForState("connected");
  await page.left.openConversation("bob");
  const { scroller } = page.left;
  await page.page.waitForFunction(
    ([device, minHeight]) => document.querySelector(`#${device} [data-part="scroller"]`).scrollHeight > minHeight,
    ["demo-left", MESSAGES * 30],
  );
  await scroller.evaluate((element) => {
    element.scrollTop = element.scrollHeight / 2;
  });
  await page.page.waitForFunction(
    ([device, last]) => {
      const rows = [...document.querySelectorAll(`#${device} .message`)];
      return rows.length > 0 && !rows.some((row) => row.textContent.includes(`#${last} `));
    },
    ["demo-left", MESSAGES - 1],
  );
  const row = await scroller.evaluateHandle((element) => {
    const box = element.getBoundingClientRect();
    return [...element.querySelectorAll(".message")].find((row) => row.getBoundingClientRect().top > box.top + 50);
  });
  const top = () => row.evaluate((element) => element.getBoundingClientRect().top);
  const before = await top();
  for (let i = 0; i < 3; i += 1) await demo.appRest.sendText("bob", "alice", `while you read ${i}`);
  await page.left.part("to-newest").filter({ hasText: "3 new messages" }).waitFor();
  assert.ok(Math.abs((await top()) - before) <= 1, "the view moved");
  await page.left.part("to-newest").click();
  await page.left.root.locator(".message", { hasText: "while you read 2" }).waitFor();
  page.assertNoConsoleErrors();
});
