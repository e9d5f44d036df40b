"""The style sheet of the server's pages: the same colours and measures as the app's, in light and dark.

It is one text with one hash, which the Content-Security-Policy of every page names; there is no `style` attribute.
"""

import base64
import hashlib
from typing import Final

STYLE: Final = """
:root {
  color-scheme: light dark; font: 1.0625rem/1.5 system-ui, sans-serif;
  --bg: #f6f7f9; --card: #ffffff; --ink: #16191f; --muted: #5a6270; --line: #d5d9e0; --field: #868e9b;
  --accent: #1d5bd6; --on-accent: #ffffff; --danger: #b3261e; --on-danger: #ffffff; --good: #1a7a48; --warn: #825200;
}
@media (prefers-color-scheme: dark) {
  :root {
    --bg: #101316; --card: #191d22; --ink: #eceef1; --muted: #a1aab6; --line: #2e343c; --field: #737d8b;
    --accent: #7fabff; --on-accent: #0b1220; --danger: #ff8f85; --on-danger: #2a0a07; --good: #5fdc9b; --warn: #ffca66;
  }
}
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; background: var(--bg); color: var(--ink); overflow-wrap: anywhere; }
a { color: var(--accent); }
.top { display: flex; flex-wrap: wrap; align-items: center; gap: .25rem 1.25rem; max-width: 46rem; margin: 0 auto;
  padding: .75rem 1rem; }
.top a { color: inherit; text-decoration: none; padding: .6rem 0; }
.top a:hover, .top a[aria-current] { text-decoration: underline; text-underline-offset: .35em; }
.top nav { display: flex; flex-wrap: wrap; gap: 0 1.25rem; }
.brand { display: inline-flex; align-items: center; gap: .6rem; font-weight: 650; margin-right: auto; }
.mark { width: 1.5rem; height: 1.5rem; border-radius: .5rem; background: var(--accent); display: grid;
  place-content: center; }
.mark::before { content: ""; width: .62rem; height: .62rem; border-radius: 50%; border: .17rem solid var(--on-accent);
  border-right-color: transparent; transform: rotate(45deg); }
main { max-width: 46rem; margin: 0 auto; padding: 0 1rem 4rem; }
main.narrow { max-width: 28rem; padding-top: 4vh; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: .5rem 0 1rem; }
h2 { font-size: 1.2rem; line-height: 1.3; margin: 0 0 .75rem; }
.narrow h2, h2.apart { margin-top: 2rem; }
h3 { font-size: 1.0625rem; margin: 1.5rem 0 .25rem; }
p { margin: 0 0 .75rem; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 1.25rem;
  margin: 0 0 1rem; }
.card > :last-child, .box > :last-child { margin-bottom: 0; }
label { display: block; margin: 1rem 0 .25rem; font-weight: 600; }
p.hint, .muted { color: var(--muted); font-size: .95rem; }
p.hint { margin: 0 0 .35rem; }
input, select, button, .button { font: inherit; min-height: 3rem; padding: .5rem .85rem; border-radius: 10px; }
input, select { width: 100%; color: inherit; font-weight: 400; background: var(--bg); border: 1px solid var(--field); }
input[aria-invalid] { border: 2px solid var(--danger); }
input[type=checkbox], input[type=radio] { width: 1.25rem; min-height: 1.25rem; margin: 0 .6rem 0 0; flex: none;
  accent-color: var(--accent); }
label.tick { display: flex; align-items: center; min-height: 3rem; font-weight: 400; margin: .5rem 0 0; }
button, .button { display: flex; align-items: center; justify-content: center; width: 100%; margin: 1.25rem 0 0;
  cursor: pointer; font-weight: 600;
  text-align: center; text-decoration: none; border: 1px solid var(--accent); background: var(--accent);
  color: var(--on-accent); }
.secondary { background: transparent; color: var(--accent); border-color: var(--field); }
.danger { background: transparent; color: var(--danger); border-color: var(--danger); }
details .danger { background: var(--danger); color: var(--on-danger); }
button:hover, .button:hover { filter: brightness(1.08); }
button[disabled] { opacity: .6; cursor: progress; }
.wide > form, .wide > .button { margin-bottom: 1rem; }
form + form, form + .button, .button + form, .button + .button { margin-top: .75rem; }
form + form button, .button + form button { margin-top: 0; }
summary { cursor: pointer; min-height: 3rem; padding: .65rem 0; color: var(--accent); }
details form { padding-bottom: .75rem; }
code, pre { font: .95rem/1.5 ui-monospace, monospace; }
pre { white-space: pre-wrap; background: var(--bg); border: 1px solid var(--line); border-radius: 10px;
  padding: .75rem; margin: .75rem 0; }
.box { border: 1px solid var(--field); border-left: .4rem solid var(--accent); border-radius: 10px;
  padding: .75rem 1rem; margin: 0 0 1rem; }
.box[role=alert] { border-left-color: var(--danger); }
.box[role=alert] p::first-letter { text-transform: uppercase; }
.box.good { border-left-color: var(--good); }
.box.warn { border-left-color: var(--warn); }
ul.rows { list-style: none; padding: 0; margin: 0; }
ul.rows > li { border-top: 1px solid var(--line); padding: .75rem 0; }
ul.rows > li:first-child { border-top: 0; padding-top: 0; }
ul.rows > li:last-child, ul.rows > li > :last-child { padding-bottom: 0; margin-bottom: 0; }
ul.rows p { margin-bottom: .25rem; }
ul.codes { list-style: none; padding: 0; display: grid; grid-template-columns: repeat(auto-fit, minmax(12rem, 1fr));
  gap: .4rem; }
.or { display: flex; align-items: center; gap: .75rem; color: var(--muted); margin: 1.25rem 0 0; }
.or::before, .or::after { content: ""; flex: 1; border-top: 1px solid var(--line); }
.or + .button, .or + form button { margin-top: 1.25rem; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
form + p, form + p.hint, .button + p, form > button + p { margin-top: 1.25rem; }
form > .box { margin: .75rem 0 0; }
[hidden] { display: none; }
@media (min-width: 40rem) { .wide button, .wide .button { width: fit-content; padding-inline: 1.5rem; } }
@media (forced-colors: active) { .mark { border: 1px solid; } button, .button { border: 1px solid ButtonText; } }
"""

# The hash lets this one style through and no other (CSP Level 3, 6.7.3).
STYLE_HASH: Final = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
