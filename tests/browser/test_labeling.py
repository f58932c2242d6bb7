"""Labeling in a real browser: by keys, with and without scripts, and blind."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.places import CANARY
from tests.browser.visitor import REFUSED, Visitor
from tests.house import House


def tab_to(page: Page, words: str) -> None:
    """Press Tab until the focused element says this."""
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()").startswith(words):
            return
    message = f"Tab never reaches {words!r}"
    raise AssertionError(message)


def at_work(visit: Visit, username: str = "kim", **options: object) -> Visitor:
    """Return somebody with an item in hand and scripts running."""
    visitor = visit(username, **options)
    visitor.start_labeling()
    if options.get("java_script_enabled", True):
        visitor.ready()
        if checked(visitor) or visitor.page.locator("#comment").input_value():
            with visitor.next_item():  # a draft of another test
                visitor.keys("q", "a", "Enter")
    return visitor


def checked(visitor: Visitor) -> list[str]:
    """Return the answers of the form that would be sent, as field=value."""
    found: list[str] = visitor.page.evaluate(
        "[...new FormData(document.querySelector('#label-form'))]"
        ".filter(([name]) => /-(safety|categories)$/.test(name)).map((pair) => pair.join('='))"
    )
    return found


def test_one_signs_in_by_a_link_and_judges_a_safe_pair_with_three_keys(
    house: House, visit: Visit
) -> None:
    visitor = visit()
    visitor.page.goto(house.manage("login_link", "kim").split()[-1])
    # The browser gives the focus at its first drawing, which a loaded page may still wait for.
    expect(visitor.page.get_by_role("button", name="Sign in")).to_be_focused()
    visitor.keys("Enter")
    expect(visitor.page.get_by_role("heading", name="Welcome, kim")).to_be_visible()
    visitor.arrived()
    tab_to(visitor.page, "Start labeling")
    visitor.keys("Enter")
    visitor.ready()
    with visitor.next_item():
        visitor.keys("q", "a", "Enter")


def test_e_a_9_enter_is_an_unsafe_prompt_with_one_category_that_was_refused(visit: Visit) -> None:
    visitor = at_work(visit)
    visitor.keys("e", "a", "9")
    ninth = visitor.page.locator('.catblock .cat:has(kbd[data-code="Digit9"])')
    category = ninth.get_attribute("data-id")
    with (
        visitor.next_item(),
        visitor.page.expect_request(lambda request: request.url.endswith("/submit")) as sent,
    ):
        visitor.keys("Enter")
    form = sent.value.post_data or ""
    assert "prompt-safety=unsafe" in form
    assert "response-safety=safe" in form
    assert form.count("-categories=") == 1
    assert f"prompt-categories={category}" in form


def test_other_is_not_sent_without_saying_what_the_risk_is(visit: Visit) -> None:
    visitor = at_work(visit)
    name = visitor.page.locator("#item-name").inner_text()
    visitor.keys("e", "a", "y", "Escape", "Enter")
    expect(visitor.page.locator("#need")).to_contain_text("what the risk is")
    expect(visitor.page.locator("#item-name")).to_have_text(name)
    field = visitor.page.locator('input[name="prompt-other"]')
    expect(field).to_be_focused()
    with visitor.next_item():
        visitor.page.keyboard.type("a rumour about porridge")
        visitor.keys("Enter", "Enter")  # the first ends the line


def test_the_slash_finds_a_category_by_its_name(visit: Visit) -> None:
    visitor = at_work(visit)
    visitor.keys("e", "a", "/")
    visitor.page.keyboard.type("fraud")
    visitor.keys("Enter")
    assert checked(visitor) == [
        "prompt-safety=unsafe",
        "response-safety=safe",
        "prompt-categories=fraud",
    ]


def test_the_left_bracket_brings_the_last_item_back_with_its_answers(visit: Visit) -> None:
    visitor = at_work(visit)
    name = visitor.page.locator("#item-name")
    before = name.inner_text()
    visitor.keys(*"eda3")
    given = checked(visitor)
    with visitor.next_item():
        visitor.keys("Enter")
    visitor.keys("[")
    expect(name).to_have_text(before)
    visitor.ready()
    assert checked(visitor) == given


def test_the_right_bracket_and_a_number_skip_an_item_for_a_reason(visit: Visit) -> None:
    visitor = at_work(visit)
    skipped = visitor.page.locator("#item-name").inner_text()
    visitor.keys("]")
    expect(visitor.page.get_by_role("dialog", name="Why skip it?")).to_be_visible()
    with (
        visitor.next_item(),
        visitor.page.expect_request(lambda request: request.url.endswith("/skip")) as sent,
    ):
        visitor.keys("1")
    assert "reason=unsure" in (sent.value.post_data or "")
    with visitor.next_item():
        visitor.keys("q", "a", "Enter")
    expect(visitor.page.locator("#item-name")).not_to_have_text(skipped)


def test_a_draft_is_saved_by_itself_and_survives_a_reload(visit: Visit) -> None:
    visitor = at_work(visit)
    with visitor.page.expect_response(lambda answer: answer.url.endswith("/draft")) as saved:
        visitor.keys("e", "s", "3")
    assert saved.value.status == 200
    expect(visitor.page.locator("#saved")).to_have_text("Saved")
    given = checked(visitor)
    assert len(given) == 3
    visitor.page.reload()
    visitor.ready()
    assert checked(visitor) == given


def test_an_answer_the_server_cannot_take_yet_stays_and_is_sent_again(visit: Visit) -> None:
    visitor = at_work(visit)
    visitor.forgive("503")
    page, name = visitor.page, visitor.page.locator("#item-name")
    first = name.inner_text()
    away = {"status": 503, "headers": {"Retry-After": "2"}, "body": "busy"}
    page.route("**/submit", lambda route: route.fulfill(**away))
    visitor.keys("q", "a", "Enter")
    unsent = page.locator("#unsent")
    expect(unsent).to_contain_text(f"Item {first} was not sent. Your answer is still here.")
    expect(name).to_have_text(first)
    assert {"prompt-safety=safe", "response-safety=safe"} <= set(checked(visitor))
    page.unroute("**/submit")
    with visitor.next_item():
        unsent.get_by_role("button", name="Try again").press("Enter")
    expect(unsent).to_be_hidden()


def test_the_guide_stands_beside_the_text_and_keys_go_on_working(visit: Visit) -> None:
    visitor = at_work(visit)
    visitor.keys("g")
    guide = visitor.page.get_by_role("complementary", name="Guide")
    expect(guide).to_be_visible()
    expect(visitor.page.locator(".judge").first).to_be_visible()
    assert visitor.page.locator("dialog[open]").count() == 0
    visitor.keys("e", "a", "3")
    assert len(checked(visitor)) == 3
    expect(guide.locator("article:visible")).to_have_attribute(
        "data-guide-for", "criminal_planning"
    )
    visitor.keys("g")
    expect(guide).to_be_hidden()


def test_keys_are_only_letters_while_one_types(visit: Visit) -> None:
    visitor = at_work(visit)
    before = checked(visitor)
    words = "qea19[]fg/t?"
    visitor.keys("n")
    comment = visitor.page.locator("#comment")
    comment.fill("")
    visitor.page.keyboard.type(words)
    expect(comment).to_have_value(words)
    assert checked(visitor) == before
    assert not visitor.page.locator("#flag input").is_checked()
    expect(visitor.page.locator("#guide")).to_be_hidden()


def test_keys_and_enter_belong_to_an_input_method_while_it_composes(visit: Visit) -> None:
    visitor = at_work(visit)
    before = checked(visitor)
    name = visitor.page.locator("#item-name").inner_text()
    heard = len(visitor.received)
    visitor.keys("n")
    keyboard = visitor.context.new_cdp_session(visitor.page)
    keyboard.send("Input.imeSetComposition", {"text": "か", "selectionStart": 1, "selectionEnd": 1})
    for code, modifiers in (("KeyQ", 0), ("KeyE", 0), ("Enter", 0), ("Enter", 2)):
        event = {"code": code, "key": "Process", "windowsVirtualKeyCode": 229}
        keyboard.send(
            "Input.dispatchKeyEvent", {"type": "rawKeyDown", "modifiers": modifiers, **event}
        )
    keyboard.send("Input.insertText", {"text": "かき"})
    expect(visitor.page.locator("#comment")).to_have_value("かき")
    expect(visitor.page.locator("#item-name")).to_have_text(name)
    assert checked(visitor) == before
    later = visitor.received[heard:]
    assert not [each for each in later if each.url.endswith("/submit")]


def test_without_scripts_the_whole_form_works(visit: Visit) -> None:
    visitor = at_work(visit, "noa", java_script_enabled=False)
    visitor.forgive(REFUSED)
    page, name = visitor.page, visitor.page.locator("#item-name")
    first = name.inner_text()
    visitor.box("prompt-safety", "unsafe").check()
    visitor.box("response-safety", "safe").check()
    page.get_by_label("Comment").fill("Half sure.")
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_role("alert")).to_contain_text("was not submitted")
    expect(page.get_by_label("Comment")).to_have_value("Half sure.")
    page.get_by_text("Categories: Prompt").click()
    page.locator('input[name="prompt-categories"][value="fraud"]').check()
    page.get_by_role("button", name="Submit").click()
    expect(name).not_to_have_text(first)
    page.get_by_role("button", name="Previous").click()
    expect(name).to_have_text(first)
    expect(visitor.box("prompt-safety", "unsafe")).to_be_checked()
    expect(visitor.box("prompt-categories", "fraud")).to_be_checked()
    page.get_by_role("button", name="Submit").click()
    expect(name).not_to_have_text(first)
    second = name.inner_text()
    page.get_by_role("button", name="Skip").click()
    page.get_by_role("button", name="I cannot decide").click()
    expect(name).not_to_have_text(second)
    page.get_by_role("button", name="Skip").click()
    page.get_by_role("button", name="Stop here").click()
    expect(page.get_by_role("heading", name="Welcome, noa")).to_be_visible()


def test_nothing_an_annotator_is_sent_tells_of_jury_or_of_other_people(
    visit: Visit, tmp_path: Path
) -> None:
    other = at_work(visit, "oto")
    for number in range(3):
        other.page.locator("#comment").fill(f"{CANARY}-comment-{number}")
        with other.next_item():
            other.keys("Escape", "q", "a", "Control+Enter")

    record = tmp_path / "record.har"
    visitor = at_work(visit, "ida", record_har_path=record, record_har_content="embed")
    for _ in range(2):
        visitor.keys("g", "e", "a", "y")
        visitor.page.keyboard.type("my own words")
        with visitor.next_item():
            visitor.keys("Enter", "Enter")
    visitor.keys("]")
    with visitor.next_item():
        visitor.keys("1")
    with visitor.next_item():
        visitor.keys("[")
    visitor.follow(visitor.page.get_by_role("link", name="Concord, home"))
    visitor.go("Guidelines", "Home")
    visitor.context.close()
    sent = record.read_text(encoding="utf-8")
    assert "takes seven minutes" in sent  # the record holds what pages said
    assert "/submit" in sent
    assert CANARY not in sent
