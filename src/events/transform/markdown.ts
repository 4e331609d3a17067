/**
 * Text from the cluster in a text that sinks may read as Markdown: it can neither open or end the `%%%` lines that fence a bundle, nor
 * imitate the lines of one, nor open a block that swallows those behind it. What a backslash is put before reads the same in Markdown. Other
 * markup is left as it is.
 */

/** Three percent signs in a row, of which Datadog makes Markdown of the text between them: a backslash before each third parts them. */
export function breakFences(text: string): string {
  return text.includes('%%%') ? text.replace(/%%(?=%)/g, '%%\\') : text;
}

const special = /~|%%%|\n./s;

/**
 * A line of a bundle, which may have line breaks, or its emitter. Tildes would strike through what stands between them; the backslashes right
 * before one are doubled, or they would take the one put there for their own.
 */
export function escapeMarkdown(text: string): string {
  if (!special.test(text)) return text;
  return breakFences(text)
    .replace(/(?<!\\)\\*~/g, (tilde) => `${tilde.slice(0, -1).repeat(2)}\\~`)
    .replace(lineInDisguise, '$1\\');
}

/** After a line break: what looks like a bundle's next line or its foot, and what opens a block of code or HTML. */
const lineInDisguise = /(\n[ \t]*)(?=[0-9]+ \*\*|_Events |```|<)/g;
