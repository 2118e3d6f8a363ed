"""Puts what results/ holds into README.md, and pictures of results/imdb/report.html beside it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pandas as pd

from skipzeros.bench.text.amounts import interval, multiple, seconds, times

ROOT = Path(__file__).parents[1]
README, RESULTS = ROOT / "README.md", ROOT / "results"
# Title of the chart in the report: file of its picture.
PICTURES = {"How many times faster than dense": "speed-up.png", "Every pass": "passes.png"}


def blocks() -> dict[str, str]:
    """What stands in README.md between `<!-- NAME -->` and `<!-- end -->`."""
    return {
        "speeds": _speeds(),
        "batches": _batches(),
        "limit": _limit(),
        "waste": _waste(),
        "accuracy": _accuracy(),
    }


def replaced(page: str) -> str:
    """The page with its blocks as they are to be."""
    for name, content in blocks().items():
        begin = re.search(f"<!-- {name}: .* -->\n", page)
        assert begin, f"{README} has no <!-- {name}: ... -->"
        end = page.index("\n<!-- end -->", begin.end())
        page = page[: begin.end()] + content + page[end:]
    return page


def _summary(folder: str) -> pd.DataFrame:
    return pd.read_csv(RESULTS / folder / "summary.csv").set_index("network")


def _speeds() -> str:
    summary = _summary("imdb").sort_values("rank", ascending=False)
    rows = [
        f"| {name} | {seconds(row['median_seconds'])} | {row['reviews_per_second']:,.0f} "
        f"| {times(row['ratio'])} | {interval(row['ratio_low'], row['ratio_high'])} "
        f"| {row['train_accuracy']:.1%} | {row['worst_error_ratio']:.3f} |"
        for name, row in summary.iterrows()
    ]
    headings = (
        "| network | one pass | reviews/s | times faster than dense | 95 % interval "
        "| train accuracy | worst error / bound |"
    )
    return _table(headings, rows, _machine("imdb"))


def _table(headings: str, rows: list[str], below: str) -> str:
    rule = "|" + "---|" * (headings.count("|") - 1)
    return "\n".join([headings, rule, *rows, "", below])


def _machine(folder: str) -> str:
    machine = pd.read_csv(RESULTS / folder / "passes.csv").iloc[0]
    system = re.match(r"\w+ [\d.]+\d|", machine["os"])
    assert system
    return (
        f"({machine['cpu']}, {machine['cores']} cores, {system[0]}, Python {machine['python']}, "
        f"numpy {machine['numpy']}, numba {machine['numba']}, one thread.)"
    )


def _batches() -> str:
    rows = _summary("batch-256").sort_values("rank", ascending=False).to_dict("index")
    passes = pd.read_csv(RESULTS / "batch-256" / "passes.csv")
    seconds_of = passes.pivot(index=["set", "round"], columns="network", values="cpu_seconds")
    than_torch = seconds_of.div(seconds_of["torch"], axis=0).median()
    lines = [
        f"| {name} | {seconds(row['median_seconds'])} | {times(row['ratio'])} "
        f"| {interval(row['ratio_low'], row['ratio_high'])} "
        f"| {times(than_torch[name])} | {row['train_accuracy']:.1%} |"
        for name, row in rows.items()
    ]
    headings = (
        "| network | one pass | times faster than dense | 95 % interval "
        "| times faster than torch | train accuracy |"
    )
    return _table(headings, lines, _machine("batch-256"))


def _limit() -> str:
    rows: dict[Any, Any] = _summary("compiled").to_dict("index")
    kernel, limit = rows["hand_tuned.py:HandTuned"], rows["compiled"]["times_limit"]
    loops: dict[str, Any] = _summary("tricks").loc["plain_loops.py:PlainLoops"].to_dict()
    return (
        f"The same pass [in C by hand](examples/c_kernel/README.md) takes {_than_compiled(kernel)} "
        "times as long as `compiled`, [plain loops under numba](examples/numba_loops/README.md) "
        f"{_than_compiled(loops)} times. `compiled` takes {multiple(limit)} times as long as this "
        "machine takes to read and write the rows of the pass without any arithmetic; so little "
        "is left to remove but the memory traffic itself."
    )


def _than_compiled(row: dict[str, Any]) -> str:
    middle, low, high = (multiple(row[one]) for one in ("ratio", "ratio_low", "ratio_high"))
    return f"{middle} ({low} to {high})"


def _waste() -> str:
    table = pd.read_csv(RESULTS / "waste" / "waste.csv").set_index("network")
    reviews = int(table["reviews"].iloc[0])
    each: Any = table.select_dtypes("number").div(reviews)
    moved = each["bytes_read"] + each["bytes_written"]
    dense, reduce = each.loc["dense"], each.loc["add-reduce"]
    return (
        "Where did the time go? `skipzeros waste` counts, for one review on the first "
        f"{reviews:,}: dense multiplies {dense['multiplications']:,.0f} times, "
        f"{dense['by_zero']:,.0f} of them by zero and {dense['by_one']:,.0f} by one, and "
        f"moves {moved['dense'] / 1e6:.0f} MB; "
        f"add-reduce multiplies {reduce['multiplications']:,.0f} times and moves "
        f"{moved['add-reduce'] / 1e3:.0f} kB; compiled moves {moved['compiled'] / 1e3:.0f} kB."
    )


def _accuracy() -> str:
    table = pd.read_csv(RESULTS / "imdb" / "accuracy.csv")
    rows = [
        f"| {row['input']} | {row['learning_rate']:g} | {row['train_accuracy']:.1%} "
        f"| {row['test_accuracy']:.1%} |"
        for row in table[table["seed"] == 1].to_dict("records")
    ]
    presence = table.loc[table["input"] == "presence", "train_accuracy"]
    return _table(
        "| input | rate | train, while passing | test, after it |",
        rows,
        f"Another seed is another draw: over {table['seed'].nunique()} of them presence ends "
        f"between {presence.min():.1%} and {presence.max():.1%} on the training reviews.",
    )


def take_pictures() -> None:
    """Of some charts of results/imdb/report.html."""
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not (chromium and driver):
        print("No pictures: they take Debian's chromium and chromium-driver.")
        return
    from selenium import webdriver
    from selenium.webdriver.common.by import By

    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for one in ("--headless=new", "--no-sandbox", "--hide-scrollbars", "--no-first-run",
                "--disable-background-networking", "--disable-component-update",
                "--disable-sync"):  # fmt: skip
        options.add_argument(one)
    browser = webdriver.Chrome(options, webdriver.ChromeService(driver))
    try:
        size = {"width": 900, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        browser.get((RESULTS / "imdb" / "report.html").as_uri())
        for title, name in PICTURES.items():
            figure = browser.find_element(By.XPATH, f"//figure[h3[text()='{title}']]")
            figure.screenshot(str(ROOT / "docs" / "pictures" / name))
    finally:
        browser.quit()


if __name__ == "__main__":
    README.write_text(replaced(README.read_text(encoding="utf-8")), encoding="utf-8")
    take_pictures()
