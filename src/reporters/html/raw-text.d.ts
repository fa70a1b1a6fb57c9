/**
 * What the page brings with it: the text of a file, put into the bundle as it stands by build.mjs, and into
 * the tests by vite.
 */
declare module '*?raw' {
  const text: string
  export default text
}
