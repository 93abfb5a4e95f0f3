/**
 * Makes an element what another one is, and touches only what differs, so that focus, selection, scroll and what somebody opened stay. Children
 * are matched by their id or the page that a row leads to, others by their place. Forms stay as they are: somebody may be writing in them.
 * @param to is used up
 */
export function morph(from: Element, to: Element): void {
  const focused = document.activeElement
  morphElement(from, to)
  // To move an element takes its focus away.
  if (focused instanceof HTMLElement && focused.isConnected && focused !== document.activeElement)
    focused.focus({ preventScroll: true })
}

function morphElement(from: Element, to: Element): void {
  if (from instanceof HTMLFormElement || from.isEqualNode(to)) return
  for (const { name } of [...from.attributes])
    if (!to.hasAttribute(name) && !isOfReader(from, name)) from.removeAttribute(name)
  for (const { name, value } of to.attributes)
    if (from.getAttribute(name) !== value && !isOfReader(from, name)) from.setAttribute(name, value)
  morphChildren(from, to)
}

/** Whoever reads the page opens and closes. */
function isOfReader(element: Element, attribute: string): boolean {
  return element instanceof HTMLDetailsElement && attribute === 'open'
}

function morphChildren(from: Element, to: Element): void {
  const keyed = new Map<string, Element>()
  for (const child of from.children) {
    const key = keyOf(child)
    if (key !== undefined) keyed.set(key, child)
  }
  let current = from.firstChild
  for (const wanted of [...to.childNodes]) {
    const key = wanted instanceof Element ? keyOf(wanted) : undefined
    const known = key === undefined ? undefined : keyed.get(key)
    const found = known ?? (key === undefined && isAlike(current, wanted) ? current : undefined)
    if (found === undefined || found === null) {
      from.insertBefore(wanted, current)
      continue
    }
    if (key !== undefined) keyed.delete(key)
    if (found === current) current = current.nextSibling
    else from.insertBefore(found, current)
    if (found instanceof Element && wanted instanceof Element) morphElement(found, wanted)
    else if (found.nodeValue !== wanted.nodeValue) found.nodeValue = wanted.nodeValue
  }
  while (current !== null) {
    const next: ChildNode | null = current.nextSibling
    current.remove()
    current = next
  }
}

function keyOf(element: Element): string | undefined {
  if (element.id !== '') return `#${element.id}`
  if (element.localName !== 'tr') return undefined
  return element.querySelector('th a[href]')?.getAttribute('href') ?? undefined
}

/** What has a key is matched by it alone. */
function isAlike(current: ChildNode | null, wanted: ChildNode): boolean {
  if (current === null || current.nodeName !== wanted.nodeName) return false
  return !(current instanceof Element) || keyOf(current) === undefined
}
