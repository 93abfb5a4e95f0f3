/** How long a button says that it copied. */
const SAID_MS = 2_000

/** Gives every `[data-copy]` a button that copies its text; the attribute says what that is. */
export function addCopyButtons(root: ParentNode): void {
  for (const source of root.querySelectorAll<HTMLElement>('[data-copy]')) {
    const button = document.createElement('button')
    button.type = 'button'
    button.className = 'copy'
    button.textContent = 'Copy'
    button.setAttribute('aria-label', `Copy ${source.dataset.copy ?? ''}`)
    const said = document.createElement('span')
    said.setAttribute('role', 'status')
    said.className = 'quiet'
    let timer: ReturnType<typeof setTimeout> | undefined
    button.addEventListener('click', async () => {
      said.textContent = (await copyText(source)) ? 'copied' : 'not copied: the text is selected'
      clearTimeout(timer)
      timer = setTimeout(() => said.replaceChildren(), SAID_MS)
    })
    source.after(button, ' ', said)
  }
}

/** Without https, and on another host than this machine, there is no clipboard interface: then the text is selected and copied as by hand. */
async function copyText(source: HTMLElement): Promise<boolean> {
  // Templates of the server put no space around the text.
  const text = source.textContent ?? ''
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    getSelection()?.selectAllChildren(source)
    return document.execCommand('copy')
  }
}
