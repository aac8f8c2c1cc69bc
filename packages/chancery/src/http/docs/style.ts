/** The page's one style sheet: readable in light and dark, on paper, and without a mouse. */
export const style = `
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #59636e; --line: #d5dae0; --page: #fff; --code: #f4f6f8;
  --accent: #0b5cad; --get: #1a7f4b; --post: #0b5cad; --put: #8a5300; --delete: #b3261e }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e8ec; --soft: #9aa5b1; --line: #333a42; --page: #14171a;
  --code: #1d2125; --accent: #7cb7ff; --get: #5fd39a; --post: #7cb7ff; --put: #f0b35a; --delete: #ff8b82 } }
* { box-sizing: border-box }
html { scroll-padding-top: 1rem }
body { margin: 0; font: 16px/1.55 system-ui, sans-serif; color: var(--ink); background: var(--page) }
a { color: var(--accent) }
a:focus-visible, summary:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
code, pre { font: 13.5px/1.5 ui-monospace, 'SF Mono', Menlo, Consolas, monospace }
pre { background: var(--code); border: 1px solid var(--line); border-radius: 6px; padding: .75rem 1rem; margin: .25rem 0 1rem; overflow-x: auto }
.layout { display: grid; grid-template-columns: 17rem minmax(0, 1fr); max-width: 84rem; margin: 0 auto }
nav { position: sticky; top: 0; align-self: start; height: 100vh; overflow-y: auto; padding: 1.5rem 1rem; border-right: 1px solid var(--line); font-size: .875rem }
nav h2 { margin: 1.1rem 0 .3rem; font-size: .75rem; text-transform: uppercase; letter-spacing: .06em; color: var(--soft) }
nav ul { list-style: none; margin: 0; padding: 0 }
nav a { display: block; padding: .18rem .35rem; border-radius: 4px; color: inherit; text-decoration: none }
nav a:hover { background: var(--code) }
main { padding: 1.5rem 2.5rem 6rem; min-width: 0 }
h1 { margin: 0 0 .5rem; font-size: 1.9rem }
main > section > h2 { margin: 3rem 0 0; padding-bottom: .3rem; border-bottom: 1px solid var(--line); text-transform: capitalize }
article { padding: 1.5rem 0 .5rem; border-bottom: 1px solid var(--line) }
article h3 { margin: 0 0 .35rem; font-size: 1.1rem }
article h4 { margin: 1rem 0 .25rem; font-size: .8rem; color: var(--soft); text-transform: uppercase; letter-spacing: .05em }
.where { margin: 0 0 .6rem; overflow-wrap: anywhere }
.where b { display: inline-block; min-width: 4.2rem }
.GET b { color: var(--get) } .POST b { color: var(--post) } .PUT b { color: var(--put) } .DELETE b { color: var(--delete) }
table { border-collapse: collapse; width: 100%; font-size: .9rem }
td, th { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0; border-top: 1px solid var(--line) }
th { color: var(--soft); font-weight: 600 }
td:first-child { white-space: nowrap }
summary { cursor: pointer; color: var(--soft); margin: .5rem 0 }
.soft { color: var(--soft) }
@media (max-width: 60rem) { .layout { display: block } nav { position: static; height: auto; border-right: 0; border-bottom: 1px solid var(--line) } main { padding: 1rem } }
@media print { nav { display: none } .layout { display: block } }
`
