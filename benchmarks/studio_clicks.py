"""Clicks about in a studio at random, and says what becomes of its memory and of its log.

    python benchmarks/studio_clicks.py RUNS --minutes 60 --visitors 2
    python benchmarks/studio_clicks.py RUNS --speed flowers

With --speed it says how long sliders of that run wait for their sample instead: half of the moves, and nine tenths.

A studio of its own is started over RUNS; every visitor is a page in a headless Chromium, which is opened anew now and
then. Every half a minute a line: the clicks so far, and the memory (resident set) of the studio's process. At the end:
what the studio and the pages complained of. Exit status 1 where a stack was written or a page failed.
"""

from __future__ import annotations

import argparse
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Error, sync_playwright

PAGES = ("tab=play", "tab=runs", "tab=translate", "tab=data&source=digits")
LEFT_ALONE = re.compile("Start training|Continue|Stop|Download|Link to")
"""Buttons that nobody presses here: machines are shared."""
MOVES = 40
MOVE = """(label) => new Promise((done) => {
  const slider = document.querySelector(`[aria-label="${label}"]`);
  const before = document.querySelector(".gk-image img").src;
  const begun = performance.now();
  const look = () => {
    if (document.querySelector(".gk-image img")?.src !== before) done(performance.now() - begun);
    else requestAnimationFrame(look);
  };
  slider.value = String(Number(slider.value) + Number(slider.step));
  slider.dispatchEvent(new Event("input", {bubbles: true}));
  look();
})"""
"""Moves a slider by one step, and gives the milliseconds until another sample is shown."""
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu"]


def main() -> int:
    options = parsed()
    chance = random.Random(options.seed)
    with tempfile.TemporaryFile() as log:
        words = ["studio", str(options.runs), "--port", "0", "--no-browser"]
        studio = subprocess.Popen([sys.executable, "-u", "-m", "gankit", *words], stdout=subprocess.PIPE, stderr=log)
        try:
            assert studio.stdout is not None
            address = studio.stdout.readline().decode().split()[1]
            if options.speed:
                tell_speed(address, options.speed)
                return 0
            failures = click_about(address, studio.pid, options, chance)
        finally:
            studio.terminate()
            studio.wait()
            if studio.stdout:
                studio.stdout.close()
        log.seek(0)
        said = log.read().decode(errors="replace")
    stacks = said.count("Traceback")
    print(f"stacks in the log: {stacks}; failures of pages: {len(failures)}")
    print("\n".join([*sorted(set(failures))[:20], said[-3000:]]))
    return int(bool(stacks or failures))


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", type=Path)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--visitors", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--speed", metavar="RUN")
    return parser.parse_args()


def click_about(address: str, pid: int, options: argparse.Namespace, chance: random.Random) -> list[str]:
    """What pages complained of."""
    failures: list[str] = []
    with sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        begun, told, clicks = time.monotonic(), float("-inf"), 0
        pages: list[Any] = [None] * options.visitors
        while time.monotonic() - begun < 60 * options.minutes:
            place = chance.randrange(options.visitors)
            if pages[place] is None or chance.random() < 0.06:
                if pages[place]:
                    pages[place].context.close()
                pages[place] = page = browser.new_context(accept_downloads=False).new_page()
                page.set_default_timeout(15_000)
                page.on("pageerror", lambda error: failures.append(str(error)))
                page.goto(f"{address}&{chance.choice(PAGES)}")
                page.wait_for_timeout(3000)
            try:
                clicks += act(pages[place], chance)
            except Error:  # what was to be clicked had just gone, or was covered
                pages[place].keyboard.press("Escape")
            if time.monotonic() - told > 30:
                told = time.monotonic()
                print(f"{told - begun:6.0f} s  {clicks:6} clicks  {memory(pid):7.1f} MB", flush=True)
        browser.close()
    return failures


def tell_speed(address: str, run: str) -> None:
    with sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        page = browser.new_page()
        page.goto(f"{address}&tab=play&run={run}&at=0")
        page.get_by_alt_text("seed 0").wait_for()
        page.wait_for_timeout(4000)
        for slider in ("Seed", "PCA 0"):
            waited = sorted(page.evaluate(MOVE, f"range slider for {slider}") / 1000 for _ in range(MOVES))
            print(
                f"{slider:6} half within {waited[MOVES // 2]:.2f} s, nine tenths within {waited[MOVES * 9 // 10]:.2f} s"
            )
        browser.close()


def act(page: Any, chance: random.Random) -> int:
    """Click a button, move a slider, or open another tab."""
    what = chance.choice(("button", "slider", "slider", "tab", "choice"))
    if what == "slider":
        found = page.locator("input[type=range]:visible").all()
        if found:
            chance.choice(found).focus()
            for _ in range(chance.randrange(1, 6)):
                page.keyboard.press(chance.choice(("ArrowRight", "ArrowLeft", "PageUp", "Home", "End")))
        return len(found[:1])
    selector = {"tab": "[role=tab]:visible", "choice": ".gk-choice:visible", "button": "button:visible"}[what]
    found = [one for one in page.locator(selector).all() if not LEFT_ALONE.search(one.inner_text())]
    if found:
        chance.choice(found).click(timeout=3000)
        page.wait_for_timeout(chance.randrange(50, 400))
    return len(found[:1])


def memory(pid: int) -> float:
    """Megabytes that the process holds."""
    answer = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=True)
    return int(answer.stdout) / 1024


if __name__ == "__main__":
    sys.exit(main())
