"""report: the page that is made from the records alone, read and used in a real browser."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from skipzeros.bench.cli import cli
from skipzeros.bench.report.page import write_page

HOSTILE = "<script>document.title='taken'</script><b>&lt;.py:Mine"
ROOT = Path(__file__).parents[2]
TITLES = (
    "How many times faster than dense", "Every pass", "Where the time goes",
    "What is multiplied, for one review", "How the cost grows with vocabulary",
    "From which density the dense product wins", "Where correct networks part",
    "Presence against counts", "Is it the same network?", "Machine and data",
)  # fmt: skip


def report(*arguments: object) -> Result:
    return CliRunner(env={"COLUMNS": "200"}).invoke(cli, ["report", *map(str, arguments)])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Records of every kind; one network has a name that would like to be code."""
    found = tmp_path / "records"
    shutil.copytree(ROOT / "results" / "imdb", found, ignore=shutil.ignore_patterns("*.html"))
    shutil.copy(ROOT / "results" / "waste" / "waste.csv", found)
    shutil.copy(ROOT / "results" / "vocabulary" / "scaling.csv", found)
    rows = [("csr", "dense", review, 10.0 ** (review - 12)) for review in range(1, 12)]
    parting = pd.DataFrame(rows, columns=["network", "baseline", "review", "difference"])
    parting.to_csv(found / "parting.csv", index=False)
    for path in found.glob("*.csv"):
        table = pd.read_csv(path)
        if "network" in table:
            table["network"] = table["network"].replace({"csr": HOSTILE, "sum-loop": "'=cmd()"})
            table.to_csv(path, index=False)
    return found


def page_of(folder: Path) -> str:
    return write_page([folder]).read_text(encoding="utf-8")


def charts(page: str) -> list[dict[str, Any]]:
    found = re.search(r'<script type="application/json" id="figures">(.*?)</script>', page)
    assert found
    return json.loads(found[1])  # type: ignore[no-any-return]


def test_report_prints_the_table_and_writes_the_page(folder: Path) -> None:
    result = report(folder)
    assert result.exit_code == 0, result.output
    assert "times faster" in result.output
    assert str(folder / "report.html") in result.output
    assert [path.name for path in folder.iterdir() if path.suffix not in (".csv", ".html")] == []


def test_the_page_has_every_chart_and_the_verdict_on_top(folder: Path) -> None:
    page = page_of(folder)
    for title in TITLES:
        assert f">{title}<" in page
    assert "compiled is the fastest of 9 certified networks" in page
    assert len(charts(page)) == page.count('role="img"') == 8
    assert len(page.encode()) < 5_000_000


def test_nothing_in_the_page_asks_for_anything(folder: Path) -> None:
    page = page_of(folder)
    assert "default-src 'none'" in page
    # Whatever plotly.js itself has inside stays unasked for: the policy lets nothing out.
    own = re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)
    assert not re.search(r"""(src|href)=["'](?!data:|#)""", own)


def test_names_are_text_wherever_they_come(folder: Path) -> None:
    page = page_of(folder)
    assert "<script>document" not in page
    assert "&lt;script&gt;document" in page
    shown = json.dumps(charts(page))
    assert "&lt;script&gt;" in shown
    assert "<b>" not in shown


def test_what_is_incorrect_or_absent_has_no_speed_and_no_chart(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    summary = pd.read_csv(ROOT / "results" / "imdb" / "summary.csv").astype(object)
    summary = summary[summary["network"].isin(["dense", "csr"])]
    summary.loc[summary["network"] == "csr", ["status", "reason"]] = ["incorrect", "review 3"]
    speeds = ["rank", "ratio", "ratio_low", "ratio_high", "median_seconds", "times_limit",
              "reviews_per_second"]  # fmt: skip
    summary.loc[summary["network"] == "csr", speeds] = None
    summary.to_csv(out / "summary.csv", index=False)
    page = page_of(out)
    assert "Incorrect, and without a speed: csr." in page
    assert "review 3" in page
    assert len(charts(page)) == 1


def test_folders_are_compared_in_the_page_of_the_first(folder: Path) -> None:
    other = folder.with_name("imdb")
    shutil.copytree(ROOT / "results" / "imdb", other, ignore=shutil.ignore_patterns("*.html"))
    result = report(folder, other, "--markdown")
    assert result.exit_code == 0, result.output
    assert result.output.count("| network | status |") == 2
    page = (folder / "report.html").read_text(encoding="utf-8")
    for number, name in enumerate(("records", "imdb")):
        assert f">{name}</h2>" in page
        assert f'href="#folder-{number}">{name}<' in page
        assert f'<section id="folder-{number}"><h2>{name}<' in page
    side_by_side = page[page.index("Side by side") : page.index(">records</h2>")]
    cell = r'<td data-value="[\d.]+">[\d,.]+ \([\d,.]+ to [\d,.]+\)</td>'
    assert re.search(f"compiled</td>{cell}{cell}</tr>", side_by_side)
    # A network that is in one of them has an empty cell in the other.
    assert re.search(f'>csr</td><td data-value=""></td>{cell}</tr>', side_by_side)
    assert "differ in" not in side_by_side
    assert not (other / "report.html").exists()


def test_folders_of_one_name_are_told_apart(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "elsewhere" / "records"
    shutil.copytree(folder, other)
    page = write_page([folder, other]).read_text(encoding="utf-8")
    identities = re.findall(
        r"\sid=[\"']?([\w-]+)", re.sub(r"<script>.*?</script>", "", page, flags=re.S)
    )
    assert len(identities) == len(set(identities)) > 20
    # Each field filters the table of its own section.
    for number in range(2):
        section = page[page.index(f'id="folder-{number}"') :]
        assert re.search(rf'data-table="table-{number}".*?<table id=table-{number}>', section, re.S)


def test_what_folders_differ_in_is_said(tmp_path: Path) -> None:
    folders = [tmp_path / "here", tmp_path / "there"]
    for folder in folders:
        shutil.copytree(ROOT / "results" / "imdb", folder)
    passes = pd.read_csv(folders[1] / "passes.csv").assign(cpu="another", hidden=64)
    passes.to_csv(folders[1] / "passes.csv", index=False)
    page = write_page(folders).read_text(encoding="utf-8")
    assert "These runs differ in hidden (10, 64); cpu (" in page


def test_a_network_looks_the_same_in_every_chart(folder: Path) -> None:
    page = write_page([folder, ROOT / "results" / "vocabulary"]).read_text(encoding="utf-8")
    looks: dict[str, set[tuple[str, str]]] = {}
    for chart in charts(page):
        for trace in chart["data"]:
            if trace.get("name") in ("dense", "compiled", "torch") and "marker" in trace:
                look = trace["marker"]["color"], trace["marker"]["symbol"]
                looks.setdefault(trace["name"], set()).add(look)
    assert [len(one) for one in looks.values()] == [1, 1, 1]
    assert len(set.union(*looks.values())) == 3


@pytest.mark.parametrize(
    ("name", "file", "said"),
    [("waste", "waste.csv", "of them by zero; compiled, the fastest, "),
     ("vocabulary", "scaling.csv", "The cost of a pass grows with vocabulary to the power of: "),
     ("imdb", "accuracy.csv", "In one training pass presence at rate 0.1 gets 83.")],
)  # fmt: skip
def test_a_folder_without_a_run_begins_with_a_sentence_too(
    tmp_path: Path, name: str, file: str, said: str
) -> None:
    shutil.copy(ROOT / "results" / name / file, tmp_path)
    assert said in page_of(tmp_path)


def test_a_folder_without_records_is_one_line(tmp_path: Path) -> None:
    result = report(tmp_path)
    assert result.exit_code == 2
    assert "holds no records" in result.output
    assert not (tmp_path / "report.html").exists()


def test_a_certified_network_without_a_pass_is_one_line(folder: Path) -> None:
    passes = pd.read_csv(folder / "passes.csv")
    passes[passes["network"] != "torch"].to_csv(folder / "passes.csv", index=False)
    result = report(folder)
    assert result.exit_code == 2
    assert "has no pass of a network that summary.csv calls certified" in result.stderr
    assert not (folder / "report.html").exists()


@pytest.mark.parametrize("markdown", [[], ["--markdown"]])
def test_nothing_is_printed_of_the_folders_before_a_bad_one(
    folder: Path, tmp_path: Path, markdown: list[str]
) -> None:
    shutil.copytree(folder, tmp_path / "bad")
    (tmp_path / "bad" / "waste.csv").write_text("network\n")
    result = report(folder, tmp_path / "bad", *markdown)
    assert result.exit_code == 2
    assert len(result.output.splitlines()) == 1
    assert "waste.csv:1: lacks the columns" in result.output
    assert not (folder / "report.html").exists()


def test_sizes_that_hardly_differ_have_no_line(folder: Path) -> None:
    growth = pd.read_csv(folder / "scaling.csv")
    growth["exponent"] = growth["exponent"].where(growth["network"] != "dense", -400.0)
    growth.to_csv(folder / "scaling.csv", index=False)
    page = page_of(folder)
    assert "add-reduce grows with vocabulary to the power of" in page
    assert "dense grows with vocabulary" not in page


def test_where_dense_wins_is_said_of_each_network(folder: Path) -> None:
    page = page_of(folder)
    assert "dense beats add-reduce from " in page
    assert "dense beats compiled at no density tried" in page
    growth = pd.read_csv(folder / "scaling.csv")
    growth.loc[growth["network"] == "compiled", "ratio"] = 2.0
    growth.to_csv(folder / "scaling.csv", index=False)
    assert "dense beats compiled at every density tried" in page_of(folder)


@pytest.fixture
def browser() -> Iterator[Any]:
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not (chromium and driver):
        pytest.skip("needs Debian's chromium and chromium-driver")
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for one in ("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run",
                "--disable-background-networking", "--disable-component-update",
                "--disable-sync", "--disable-quic"):  # fmt: skip
        options.add_argument(one)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    started = webdriver.Chrome(options, webdriver.ChromeService(driver))
    try:
        yield started
    finally:
        started.quit()


def first_column(browser: Any) -> list[str]:
    """The names in the first table, as they are seen."""
    script = (
        "return [...document.querySelector('table').tBodies[0].rows]"
        ".filter(row => row.offsetParent).map(row => row.cells[0].innerText)"
    )
    return browser.execute_script(script)  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("width", "dark"),
    [
        (1280, False),
        pytest.param(768, True, marks=pytest.mark.slow),
        pytest.param(400, False, marks=pytest.mark.slow),
    ],
)
def test_the_page_in_a_browser(browser: Any, folder: Path, width: int, dark: bool) -> None:
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys

    media = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": media})
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.get(write_page([folder]).as_uri())

    drawn = browser.find_elements(By.CSS_SELECTOR, ".chart svg.main-svg")
    assert len({one.find_element(By.XPATH, "ancestor::figure").id for one in drawn}) == 8
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    assert browser.title.startswith("skipzeros")
    assert HOSTILE in first_column(browser)
    ticks = [one.text for one in browser.find_elements(By.CSS_SELECTOR, ".chart .ytick text")]
    assert HOSTILE in ticks
    assert "'=cmd()" in ticks

    heads = browser.find_elements(By.CSS_SELECTOR, "table th button")
    assert first_column(browser)[0] == "compiled"
    heads[3].send_keys(Keys.ENTER)  # the time of a pass, by the keyboard
    assert first_column(browser)[0] == "compiled"
    heads[3].send_keys(Keys.ENTER)
    assert first_column(browser)[0] == "dense"
    heads[0].click()
    assert first_column(browser)[2:] == [
        "add-reduce", "compiled", "dense", "dense-rows", "gather-scatter",
        "multiply-loop", "torch",
    ]  # fmt: skip
    browser.find_element(By.CSS_SELECTOR, "input[type=search]").send_keys("dense")
    assert set(first_column(browser)) == {"dense", "dense-rows"}
    assert browser.find_element(By.TAG_NAME, "output").text == "2 of 9 shown"

    assert [one for one in browser.get_log("browser") if one["level"] != "INFO"] == []
    asked = [
        message["params"]["request"]["url"]
        for entry in browser.get_log("performance")
        if (message := json.loads(entry["message"])["message"])["method"]
        == "Network.requestWillBeSent"
    ]
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
