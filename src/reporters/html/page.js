/**
 * What the page does beyond being read: the table of calls can be filtered and sorted, a row of the waterfall
 * tells its times when it is pointed at or focused. Without it all is there to be read. It makes no markup of
 * texts, and asks nobody for anything; tsconfig.page.json says what it may assume.
 */

/**
 * @template {Element} T
 * @param {string} id
 * @param {new () => T} kind
 * @returns {T | null}
 */
function part(id, kind) {
  const element = document.getElementById(id)
  return element instanceof kind ? element : null
}

/** @param {number} count */
const counted = (count) => count.toLocaleString('en-US')

document.documentElement.classList.add('scripted')
const table = part('calls', HTMLTableElement)
if (table !== null) openTable(table)
const bars = part('bars', SVGSVGElement)
if (bars !== null) openWaterfall(bars)

/** @param {HTMLTableElement} table */
function openTable(table) {
  const calls = [...(table.tBodies[0]?.rows ?? [])]
  const places = new Map(calls.map((call, place) => [call, place]))
  const heads = [...(table.tHead?.rows[0]?.cells ?? [])]
  const filter = part('filter', HTMLInputElement)
  const status = part('status', HTMLSelectElement)
  const sort = part('sort', HTMLSelectElement)
  const count = part('count', HTMLElement)
  /** @type {Map<Element, string>} */
  const texts = new Map()

  for (const link of table.querySelectorAll('th[scope="row"] a')) link.setAttribute('aria-expanded', 'false')
  for (const [index, head] of heads.entries()) {
    const button = document.createElement('button')
    button.type = 'button'
    button.textContent = head.textContent
    button.addEventListener('click', () => sortBy(index, head.getAttribute('aria-sort') === 'ascending' ? -1 : 1))
    if (head.dataset.kind !== undefined) head.replaceChildren(button)
  }
  heads[0]?.setAttribute('aria-sort', 'ascending')
  sort?.addEventListener('change', () => sortBy(Number(sort.value), 1))
  filter?.addEventListener('input', show)
  status?.addEventListener('change', show)
  table.addEventListener('click', (event) => {
    const link = event.target instanceof Element ? event.target.closest('th[scope="row"] a') : null
    const call = link?.closest('tr')
    if (!call || event.ctrlKey || event.metaKey || event.shiftKey) return
    event.preventDefault()
    open(call, !call.classList.contains('open'))
  })
  addEventListener('hashchange', reveal)
  // A link to where the page has been already changes nothing that could be heard of.
  part('bars', SVGSVGElement)?.addEventListener('click', ({ target }) => {
    const link = target instanceof Element ? target.closest('a') : null
    if (link?.getAttribute('href') === location.hash) reveal()
  })
  const controls = part('controls', HTMLElement)
  if (controls !== null) controls.hidden = false
  // What a browser has kept of the fields when the page was loaded again.
  show()
  reveal()

  /**
   * @param {HTMLTableRowElement} call
   * @param {boolean} isOpen
   */
  function open(call, isOpen) {
    call.classList.toggle('open', isOpen)
    call.querySelector('details')?.toggleAttribute('open', isOpen)
    call.querySelector('th a')?.setAttribute('aria-expanded', String(isOpen))
  }

  /** What is found: names and texts of the run, none of the page's own words. @param {Element} call */
  function textOf(call) {
    const known = texts.get(call)
    if (known !== undefined) return known
    const pieces = call.querySelectorAll('th, .outcome, bdi, pre')
    const text = [...pieces]
      .map((piece) => piece.textContent)
      .join('\n')
      .toLowerCase()
    texts.set(call, text)
    return text
  }

  function show() {
    const words = (filter?.value ?? '').trim().toLowerCase()
    const wanted = status?.value ?? ''
    let shown = 0
    for (const call of calls) {
      const matches =
        (wanted === '' || call.dataset.status === wanted) && (words === '' || textOf(call).includes(words))
      call.hidden = !matches
      if (matches) shown += 1
    }
    if (count === null) return
    const all = `${counted(calls.length)} ${calls.length === 1 ? 'call' : 'calls'}`
    count.textContent = shown === calls.length ? all : `${counted(shown)} of ${all}`
  }

  /**
   * Equal ones stay in the model's order; what is unknown comes last either way.
   * @param {number} column
   * @param {1 | -1} direction
   */
  function sortBy(column, direction) {
    const isNumber = heads[column]?.dataset.kind === 'number'
    /** @param {HTMLTableRowElement} call */
    const keyOf = (call) => {
      const cell = call.cells[column]
      const text = cell?.dataset.value ?? cell?.textContent ?? ''
      return isNumber ? Number.parseFloat(text) : text
    }
    const keys = new Map(calls.map((call) => [call, keyOf(call)]))
    calls.sort((a, b) => {
      const order = compare(keys.get(a), keys.get(b), direction)
      return order === 0 ? (places.get(a) ?? 0) - (places.get(b) ?? 0) : order
    })
    table.tBodies[0]?.append(...calls)
    for (const [index, head] of heads.entries()) {
      if (index === column) head.setAttribute('aria-sort', direction === 1 ? 'ascending' : 'descending')
      else head.removeAttribute('aria-sort')
    }
    if (sort !== null) sort.value = String(column)
  }

  /** Of a call that the address names. */
  function reveal() {
    const call = calls.find(({ id }) => location.hash === `#${id}`)
    if (call === undefined) return
    if (call.hidden && filter !== null && status !== null) {
      filter.value = ''
      status.value = ''
      show()
    }
    open(call, true)
    call.scrollIntoView({ block: 'start' })
    const link = call.querySelector('th a')
    if (link instanceof HTMLElement) link.focus({ preventScroll: true })
  }
}

/**
 * @param {string | number | undefined} a
 * @param {string | number | undefined} b
 * @param {1 | -1} direction
 */
function compare(a, b, direction) {
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -direction : a > b ? direction : 0
  const [x, y] = [Number(a), Number(b)]
  if (Number.isNaN(x) || Number.isNaN(y)) return Number(Number.isNaN(x)) - Number(Number.isNaN(y))
  return (x - y) * direction
}

/** @param {SVGSVGElement} bars */
function openWaterfall(bars) {
  const readout = part('readout', HTMLElement)
  const labels = [...document.querySelectorAll('#picture .labels li')]
  const rows = [...bars.querySelectorAll('a')]
  const hint = readout?.textContent ?? ''
  let current = 0

  for (const [index, row] of rows.entries()) {
    // A title would be shown over the picture as well.
    const title = row.querySelector('title')
    row.setAttribute('aria-label', title?.textContent ?? '')
    title?.remove()
    row.setAttribute('tabindex', index === 0 ? '0' : '-1')
  }

  /** @param {number} index @returns {number} */
  const within = (index) => Math.min(Math.max(index, 0), rows.length - 1)

  /** @param {Element | undefined} row */
  function tell(row) {
    bars.querySelector('.pointed')?.classList.remove('pointed')
    row?.classList.add('pointed')
    if (readout === null) return
    readout.textContent = row?.getAttribute('aria-label') ?? hint
    readout.classList.toggle('told', row !== undefined)
  }

  /** @param {Event} event */
  function rowOf({ target }) {
    if (!(target instanceof Element)) return -1
    const row = target.closest('a')
    if (row !== null) return rows.indexOf(row)
    return labels.indexOf(/** @type {HTMLLIElement} */ (target.closest('li')))
  }

  const picture = part('picture', HTMLElement)
  picture?.addEventListener('pointerover', (event) => {
    const index = rowOf(event)
    if (index >= 0) tell(rows[index])
  })
  picture?.addEventListener('pointerleave', () => tell(rows.find((row) => row === document.activeElement)))
  bars.addEventListener('focusin', (event) => {
    const index = rowOf(event)
    rows[current]?.setAttribute('tabindex', '-1')
    current = within(index)
    rows[current]?.setAttribute('tabindex', '0')
    tell(rows[current])
  })
  bars.addEventListener('focusout', () => tell(undefined))
  bars.addEventListener('keydown', (event) => {
    /** @type {Record<string, number>} */
    const steps = {
      ArrowDown: current + 1,
      ArrowUp: current - 1,
      PageDown: current + 20,
      PageUp: current - 20,
      Home: 0,
      End: rows.length - 1,
    }
    const next = steps[event.key]
    if (next === undefined || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    rows[within(next)]?.focus()
  })
}
