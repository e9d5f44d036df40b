"""The inbox as lines of text, for any width. Pure: nothing is written, and nothing of a prompt is obeyed."""

import json
from collections.abc import Iterable
from typing import Final

from rich.console import Console, RenderableType
from rich.markdown import Markdown
from rich.padding import Padding
from rich.segment import Segment
from rich.text import Text as Styled

from hitl_cli.inbox.card import Boolean, Card, Choice, Closed, Form, Number, Rating, Text, Unknown, spoken
from hitl_cli.inbox.controls import DIGIT_OPTIONS, Controls, Editing, Mode
from hitl_cli.inbox.line import Line
from hitl_cli.inbox.model import Inbox, Item, Phase
from hitl_cli.safe_text import MARK, one_line, visible

Row = list[Segment]

URGENT_S: Final = 60
"""From here on the countdown is red."""

OPTION_CELLS: Final = 30

PHASE_STYLE: Final = {Phase.OPEN: "", Phase.SENDING: "yellow", Phase.ACCEPTED: "green", Phase.GONE: "dim"}
PRIORITY_MARK: Final = {"urgent": ("!!", "bold red"), "high": ("!", "bold yellow"), "low": ("·", "dim")}

EDITING_KEYS: Final = {
    Editing.ANSWER: "Enter send  Esc leave the text",
    Editing.COMMENT: "Enter keep the comment  Esc back",
    Editing.CONFIRM: "Enter confirm  Esc back",
}

HELP: Final = """\
1-9       pick that choice
y  n      yes / no, approve / deny
Enter     open a card; send
j k ↓ ↑   move
Space     mark one of several
c         add a comment
PgUp PgDn scroll
Esc       back
q         quit

In a text: Alt-Enter starts a line,
Ctrl-U and Ctrl-K cut, Enter sends.
A dangerous answer needs the word yes.
<U+202E> is a character that would
have hidden or turned text around.
"""


def draw(controls: Controls, now: float, console: Console, height: int) -> list[Row]:
    """Return exactly `height` rows, each as wide as the console at most."""
    head = _rows(console, [_title(controls.inbox)])[:1]
    foot = _rows(console, _foot(controls))[: max(1, height // 3)]
    room = max(0, height - len(head) - len(foot))
    body = _body(controls, now, console, room)
    blank: Row = [Segment("")]
    return (head + body + [blank] * (room - len(body)) + foot)[:height]


def _body(controls: Controls, now: float, console: Console, room: int) -> list[Row]:
    if controls.mode is Mode.HELP:
        return _rows(console, [Styled(HELP)])[:room]
    if controls.mode is Mode.CARD and controls.item:
        return _card_rows(controls, controls.item, now, console, room)
    return _list_rows(controls, now, console, room)


def plain(text: str) -> Styled:
    """Show text from elsewhere; what was made visible stands out."""
    styled = Styled(visible(text))
    styled.highlight_regex(MARK, "reverse red")
    return styled


def countdown(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def _rows(console: Console, parts: Iterable[RenderableType]) -> list[Row]:
    options = console.options.update(height=None)
    return [row for part in parts for row in console.render_lines(part, options, pad=False)]


def _title(inbox: Inbox) -> Styled:
    waiting = sum(1 for item in inbox.items() if not item.settled)
    state = Styled("● online", style="green") if inbox.online else Styled("○ offline", style="red")
    title = Styled.assemble(("HITL inbox", "bold"), f"  {waiting} open  ", state, overflow="ellipsis", no_wrap=True)
    if inbox.online and inbox.account:
        title.append(f"  {one_line(inbox.account)}", style="dim")
    if inbox.trouble:
        title.append(f"  {one_line(inbox.trouble)}", style="dim")
    return title


def _foot(controls: Controls) -> list[RenderableType]:
    foot: list[RenderableType] = []
    if controls.mode is Mode.LIST:
        for notice in controls.inbox.notices[-2:]:
            said = Styled(f"{one_line(notice.agent)} says: {one_line(notice.message)}", style="cyan")
            said.truncate(10_000)
            said.no_wrap, said.overflow = True, "ellipsis"
            foot.append(said)
    if controls.message:
        foot.append(Styled(visible(controls.message), style="bold yellow"))
    foot.append(Styled(_keys(controls), style="dim", no_wrap=True, overflow="ellipsis"))
    return foot


def _keys(controls: Controls) -> str:
    if controls.mode is Mode.HELP:
        return "any key: back"
    if controls.editing:
        return EDITING_KEYS[controls.editing]
    if controls.mode is Mode.CARD:
        return _card_keys(controls.item)
    return "Enter open  j/k move  ? help  q quit" if controls.item else "waiting for questions  ? help  q quit"


def _card_keys(item: Item | None) -> str:
    if item and isinstance(item.card.form, Choice) and item.card.form.multiple:
        return "Space mark  Enter send  Esc back  ? help"
    return "Enter send  c comment  Esc back  ? help"


def _list_rows(controls: Controls, now: float, console: Console, room: int) -> list[Row]:
    items = controls.inbox.items()
    chosen = next((place for place, item in enumerate(items) if item is controls.item), 0)
    # Every entry has two rows at least: what is further away cannot be in sight, and need not be laid out.
    start = max(0, chosen - room // 2)
    near = items[start : chosen + room // 2 + 1]
    blocks = [_rows(console, _entry(controls.inbox, item, now, selected=item is controls.item)) for item in near]
    # The first block shown is the earliest one with which the chosen block still fits.
    first = last = chosen - start
    while first > 0 and sum(map(len, blocks[first - 1 : last + 1])) <= room:
        first -= 1
    return [row for block in blocks[first:] for row in block][:room]


def _entry(inbox: Inbox, item: Item, now: float, *, selected: bool) -> list[RenderableType]:
    card = item.card
    head = Styled("▸ " if selected else "  ", no_wrap=True, overflow="ellipsis")
    head.append_text(_clock(inbox, card, now))
    if card.priority in PRIORITY_MARK:
        head.append(" ").append(*PRIORITY_MARK[card.priority])
    head.append(f" {one_line(card.agent)}", style="bold")
    if card.danger:
        head.append(" DANGER", style="bold red")
    if note := _phase_note(item):
        head.append(f"  {one_line(note)}", style=PHASE_STYLE[item.phase])
    prompt = Styled("  " + one_line(card.prompt), no_wrap=True, overflow="ellipsis")
    prompt.highlight_regex(MARK, "reverse red")
    prompt.stylize("dim" if item.settled else "")
    entry: list[RenderableType] = [head, prompt]
    if selected and not item.settled and (keys := _quick_keys(card)):
        entry.append(Padding(Styled(keys, style="cyan"), (0, 0, 0, 2)))
    return entry


def _quick_keys(card: Card) -> str:
    """Say in a line which keys answer the card."""
    match card.form:
        case Choice(options=options):
            few = "  ".join(f"{number} {_short(option)}" for number, option in enumerate(options, 1))
            return few if len(options) <= DIGIT_OPTIONS else f"type 1-{len(options)}"
        case Boolean():
            return "y yes  n no"
        case Number() | Rating():
            return f"type {card.form.hint}"
        case Text():
            return "Enter: type an answer"
        case Unknown() | Closed():
            return "answer this one on another device"


def _short(option: str) -> str:
    """Shorten an option for the list; the card has it in full."""
    shown = Styled(one_line(option))
    shown.truncate(OPTION_CELLS, overflow="ellipsis")
    return shown.plain


def _clock(inbox: Inbox, card: Card, now: float) -> Styled:
    left_s = inbox.left_s(card, now)
    return Styled(f"{countdown(left_s):>5}", style="bold red" if left_s < URGENT_S else "bold")


def _phase_note(item: Item) -> str:
    return "sending…" if item.phase is Phase.SENDING else item.note


def _card_rows(controls: Controls, item: Item, now: float, console: Console, room: int) -> list[Row]:
    """The question above, scrolled; the answer below, always in sight."""
    answer = _rows(console, _answer_part(controls, item))
    if len(answer) > room // 2:
        answer = _around_highlight(answer, item, max(3, room // 2))
    question = _rows(console, _question_part(controls.inbox, item, now))
    space = max(0, room - len(answer))
    controls.scroll = min(controls.scroll, max(0, len(question) - space))
    shown = question[controls.scroll : controls.scroll + space]
    below = len(question) - controls.scroll - space
    if below > 0 and shown:
        shown[-1] = [Segment(f"-- {below + 1} more lines: PgDn --")]
    return shown + answer


def _around_highlight(rows: list[Row], item: Item, count: int) -> list[Row]:
    start = max(0, min(item.highlighted - count // 2, len(rows) - count))
    return rows[start : start + count]


def _question_part(inbox: Inbox, item: Item, now: float) -> list[RenderableType]:
    card = item.card
    head = Styled.assemble(_clock(inbox, card, now), " ", (one_line(card.agent), "bold"))
    if card.priority in PRIORITY_MARK:
        head.append(f"  {card.priority}", style=PRIORITY_MARK[card.priority][1])
    parts: list[RenderableType] = [head]
    if card.trust:
        parts.append(Styled(card.trust, style="dim"))
    if card.danger:
        parts.append(Styled(" DANGER: look twice ", style="bold reverse red"))
    parts.append(plain(card.prompt))
    if card.action:
        parts += _action_part(card)
    if card.context:
        # Links are written out: an address behind other words is how people are fooled.
        parts += [Styled(""), Markdown(visible(card.context), hyperlinks=False)]
    if card.default is not None:
        parts.append(Styled(f"Without an answer: {one_line(str(card.default))}", style="dim"))
    return parts


def _action_part(card: Card) -> list[RenderableType]:
    """Show what exactly would be done: every argument, in a stable order, with nothing hidden."""
    action = card.action or {}
    tool = Styled.assemble("Tool: ", (visible(str(action.get("tool", "")), strict=True), "bold"))
    # JSON's own escapes keep quotes and line ends apart from the text; what is invisible is marked after that.
    written = json.dumps(action.get("arguments", {}), ensure_ascii=False, indent=2, sort_keys=True)
    arguments = Styled(visible(written, strict=True))
    for part in (tool, arguments):
        part.highlight_regex(MARK, "reverse red")
    return [Styled(""), tool, arguments]


def _answer_part(controls: Controls, item: Item) -> list[RenderableType]:
    parts: list[RenderableType] = [Styled("─" * 8, style="dim")]
    if controls.editing is Editing.CONFIRM:
        asked = f'You are about to answer "{one_line(spoken(controls.confirming))}". Type yes to confirm:'
        return [*parts, Styled(asked, style="bold red"), _editor(controls.confirmation)]
    typing = controls.editing is Editing.ANSWER
    parts += _form_part(item, typing=typing)
    if typing or item.draft.text:
        parts.append(_field(item, active=typing))
    if controls.editing is Editing.COMMENT:
        parts += [Styled("Comment:", style="bold"), _editor(item.comment)]
    elif item.comment.text:
        parts.append(Styled(f"Comment: {one_line(item.comment.text)}", style="dim"))
    if note := _phase_note(item):
        parts.append(Styled(one_line(note), style=PHASE_STYLE[item.phase] or "yellow"))
    return parts


def _form_part(item: Item, *, typing: bool) -> list[RenderableType]:
    match item.card.form:
        case Choice() as form:
            return [_option(item, form, index) for index in range(len(form.options))]
        case _ if typing or item.draft.text:
            return []
        case _:
            return [Styled(_quick_keys(item.card), style="cyan")]


def _field(item: Item, *, active: bool) -> Styled:
    if not active:
        return plain(item.draft.text)
    if item.draft.text:
        return _editor(item.draft)
    return Styled.assemble("> ", (" ", "reverse"), (f" {one_line(_hint(item.card.form))}", "dim"))


def _hint(form: Form) -> str:
    match form:
        case Text(placeholder=placeholder):
            return placeholder
        case Number() | Rating():
            return form.hint
        case _:
            return ""


def _option(item: Item, form: Choice, index: int) -> Styled:
    highlighted = index == item.highlighted
    box = ("[x] " if index in item.picked else "[ ] ") if form.multiple else ""
    line = Styled(f"{'▸' if highlighted else ' '} {index + 1} {box}", style="bold" if highlighted else "")
    line.append_text(plain(one_line(form.options[index])))
    return line


def _editor(line: Line) -> Styled:
    """Draw the text with its cursor as a reversed cell."""
    before, at, after = line.text[: line.at], line.text[line.at : line.at + 1], line.text[line.at + 1 :]
    under = visible(at) if at and at != "\n" else " "
    rest = ("\n" if at == "\n" else "") + visible(after)
    return Styled.assemble("> ", visible(before), (under, "reverse"), rest)
