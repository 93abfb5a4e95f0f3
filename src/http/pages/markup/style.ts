/** The whole look of the pages: no font, no picture. Colours only repeat what words say. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --text: light-dark(#1c2128, #d8dee6); --quiet: light-dark(#57606a, #96a0ac); --back: light-dark(#ffffff, #14181d);
  --panel: light-dark(#f5f7f9, #1c222a); --line: light-dark(#d4dae0, #333c47); --link: light-dark(#0757ba, #74b0ff);
  --good: light-dark(#116329, #6fce82); --bad: light-dark(#b1242e, #ff8f88); --unsure: light-dark(#845300, #e6b450);
}
* { box-sizing: border-box }
body { margin: 0; background: var(--back); color: var(--text); font: 1rem/1.5 system-ui, sans-serif }
header, main, footer { max-width: 90rem; margin: 0 auto; padding: 1rem 1.5rem }
header { display: flex; flex-wrap: wrap; gap: .25rem 1rem; align-items: baseline; border-bottom: 1px solid var(--line) }
header a { color: inherit; font-weight: 600; text-decoration: none }
footer, .quiet { color: var(--quiet) }
a { color: var(--link) }
a:focus-visible, input:focus-visible, select:focus-visible, button:focus-visible, summary:focus-visible
  { outline: 3px solid var(--link); outline-offset: 2px }
.skip { position: absolute; left: -100vw }
.skip:focus { position: static }
h1 { font-size: 1.6rem; margin: .5rem 0 1rem; overflow-wrap: anywhere }
h2 { font-size: 1.2rem; margin: 2rem 0 .5rem }
h3 { font-size: 1rem; margin: 1.5rem 0 .5rem; overflow-wrap: anywhere }
.counts { display: flex; flex-wrap: wrap; gap: .75rem; padding: 0; margin: 0 0 1rem; list-style: none }
.counts a { display: block; min-width: 8rem; padding: .5rem 1rem; background: var(--panel); border: 1px solid var(--line);
  border-radius: .4rem; color: inherit; text-decoration: none }
.counts a[aria-current] { border-color: var(--link) }
.counts strong { display: block; font-size: 1.5rem; font-variant-numeric: tabular-nums }
form { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: end; margin: 1rem 0 }
label { display: block; font-size: .875rem; color: var(--quiet) }
input, select, button { min-height: 2.15rem; font: inherit; padding: .25rem .5rem; color: var(--text); background: var(--back);
  border: 1px solid var(--line); border-radius: .3rem }
.wide { overflow-x: auto }
table { border-collapse: collapse; width: 100% }
caption { text-align: left; color: var(--quiet); padding: .25rem 0 }
th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line) }
thead th { font-size: .875rem; color: var(--quiet); font-weight: 600; white-space: nowrap }
tbody th { font-weight: inherit; min-width: 8rem }
td, tbody th { overflow-wrap: break-word }
table code { overflow-wrap: anywhere }
time + .quiet { white-space: nowrap }
td pre { min-width: 10rem }
time { white-space: nowrap }
.tight { white-space: nowrap }
code, pre { font: .875rem/1.45 ui-monospace, monospace }
pre { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere }
pre del, pre ins { text-decoration: none }
pre del { color: var(--bad) } pre ins { color: var(--good) }
pre.diff { padding: .75rem; background: var(--panel); border: 1px solid var(--line); border-radius: .3rem }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1.5rem; margin: 0 }
dt { color: var(--quiet) }
dd { margin: 0; overflow-wrap: anywhere }
.status { font-weight: 600 }
.good { color: var(--good) } .bad { color: var(--bad) } .unsure { color: var(--unsure) }
.health { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; padding: 0; margin: 0 0 1rem; list-style: none }
.made { margin: 0 }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(24rem, 100%), 1fr)); gap: .75rem; padding: 0; margin: 0; list-style: none }
.card { padding: .5rem 1rem; background: var(--panel); border: 1px solid var(--line); border-left: .25rem solid var(--bad); border-radius: .3rem; overflow-wrap: anywhere }
.card p { margin: .25rem 0 }
.group { background: var(--panel); font-weight: 600 }
.matrix td { min-width: 3rem } .matrix a { display: block; color: inherit; text-decoration: none }
p a[aria-current] { color: inherit; font-weight: 600; text-decoration: none }
.strip { display: block; width: 100%; height: 1.25rem; background: var(--panel); border: 1px solid var(--line) } .strip rect { fill: var(--bad) }
.timeline { margin: 1rem 0 } figcaption { display: flex; flex-wrap: wrap; gap: 0 1rem } .timeline svg { display: block; width: 100%; height: 10rem; background: var(--panel); border: 1px solid var(--line) }
rect.bad { fill: var(--bad) } rect.unsure { fill: var(--unsure) } .hatch { fill: var(--line) }
.times { display: flex; justify-content: space-between; margin: 0; font-size: .875rem; font-variant-numeric: tabular-nums }
.lead { font-size: 1.1rem; margin: 0 0 1rem; overflow-wrap: anywhere }
.links { display: flex; flex-wrap: wrap; gap: .25rem 1rem; margin: 0 0 1rem }
.steps { display: flex; flex-wrap: wrap; gap: .25rem 1.75rem; padding: 0 0 0 1.25rem }
.chooser { display: flex; flex-wrap: wrap; gap: .5rem 2rem; align-items: center; margin: 0 0 .5rem }
.chooser form { margin: 0; align-items: center } .chooser nav a { margin-right: .5rem }
nav a[aria-current="true"] { color: inherit; font-weight: 600; text-decoration: none }
.tree, .tree ul { list-style: none; margin: 0; padding: 0 } .tree ul { padding-left: 1.25rem }
.tree li { overflow-wrap: anywhere; padding: .1rem 0 }
.tree ul li { border-left: 1px solid var(--line); padding-left: .75rem }
summary { cursor: pointer } summary h4, summary h5 { display: inline; font-size: 1rem; margin: 0 }
.anchor { color: var(--quiet); padding: 0 .25rem }
:target { background: var(--panel); outline: 2px solid var(--link); outline-offset: 2px; scroll-margin-top: 1rem }
.rule pre, .copyable pre { padding: .35rem .5rem; background: var(--panel); border: 1px solid var(--line); border-radius: .3rem }
.copyable { display: flex; gap: .5rem; align-items: start } .copyable pre { flex: 0 1 auto; min-width: 0; max-width: 100% }
button.copy { flex: none; font-size: .875rem; padding: .1rem .5rem; cursor: pointer }
.commands { margin: .5rem 0 1rem } .failure { margin-bottom: 1.5rem }
.tree li > .anchor { float: right } .tree h4, .tree h5 { overflow-wrap: anywhere }
@media (min-width: 60rem) {
  .apps tbody th { min-width: 11rem } .apps td:nth-of-type(2) { min-width: 9.5rem }
  .fields { table-layout: fixed } .fields th:first-child { width: 30% } .fields th:nth-child(2) { width: 7.5rem }
  .fields.side th:nth-child(3), .fields.side th:nth-child(4) { width: 22% } }
.index { columns: 18rem; padding-left: 1.25rem; margin: .25rem 0 1rem }
.rule { font-size: .875rem; color: var(--quiet) } .fields td:empty::after { content: "\\2013"; color: var(--quiet) }
.note { padding: .5rem 1rem; background: var(--panel); border-left: .25rem solid var(--unsure) }
@media (max-width: 60rem) {
  thead { display: none }
  tr { display: block; padding: .5rem 0; border-bottom: 1px solid var(--line) }
  td, tbody th { display: inline-block; min-width: 0; max-width: 100%; border: 0; padding: 0 .75rem 0 0; overflow-wrap: anywhere }
  td:empty { display: none }
  td[data-label]::before { content: attr(data-label) " "; color: var(--quiet); font-size: .875rem } }
@media (max-width: 40rem) { .copyable { flex-wrap: wrap } header, main, footer { padding: 1rem } dl { grid-template-columns: 1fr } }
`
