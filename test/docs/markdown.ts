/** As much of Markdown as the pages of this project use: fenced blocks, headings and their anchors, links, tables. */

/** A fenced block, which may be indented or stand in a comment of TypeScript. */
export interface Block {
  /** `ts`, `sh`; empty if nothing is said. */
  readonly language: string;
  /** What stands behind the language. */
  readonly note: string;
  readonly code: string;
  /** Of the first line of code, from 1. */
  readonly line: number;
}

/** @throws Error for a fence that is not closed */
export function blocksOf(text: string): readonly Block[] {
  const blocks: Block[] = [];
  let open:
    | { readonly indent: string; readonly language: string; readonly note: string; readonly at: number }
    | undefined;
  const lines = text.split('\n');
  for (const [index, line] of lines.entries()) {
    const [, indent = '', info = ''] = /^((?:\s*\*)?\s*)```(.*)$/.exec(line) ?? [undefined];
    const isFence = /^(?:\s*\*)?\s*```/.test(line);
    if (!isFence) continue;
    if (open === undefined) {
      const [language = '', ...note] = info.trim().split(/\s+/);
      open = { indent, language, note: note.join(' '), at: index };
      continue;
    }
    const { indent: cut, language, note, at } = open;
    const code = lines.slice(at + 1, index).map((inside) => withoutIndent(inside, cut));
    blocks.push({ language, note, code: `${code.join('\n')}\n`, line: at + 2 });
    open = undefined;
  }
  if (open !== undefined) throw new Error(`line ${open.at + 1}: a fence that is not closed`);
  return blocks;
}

/** An empty line of a comment has lost its last blank. */
const withoutIndent = (line: string, indent: string): string =>
  line.startsWith(indent) ? line.slice(indent.length) : line.startsWith(indent.trimEnd()) ? '' : line;

/** The text without what is code: there nothing is a link or a heading. */
export function proseOf(text: string): string {
  return text.replace(/^( *)```[\s\S]*?^ *```/gm, '').replace(/`[^`\n]*`/g, '');
}

export interface Link {
  readonly text: string;
  readonly target: string;
}

export function linksOf(text: string): readonly Link[] {
  // A code span may be a link's text: it goes with its ticks, not with what is in it.
  const prose = text
    .replace(/^( *)```[\s\S]*?^ *```/gm, '')
    .replace(/`([^`\n]*)`/g, (_, code: string) => code.replace(/[[\]()]/g, '·'));
  return [...prose.matchAll(/\[([^\]]+)\]\(([^()\s]+)\)/g)].map(([, label = '', target = '']) => ({
    text: label,
    target,
  }));
}

/** The anchors that GitHub makes of the headings. */
export function anchorsOf(text: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of text.replace(/^( *)```[\s\S]*?^ *```/gm, '').matchAll(/^#{1,6} +(.+?) *#*$/gm)) {
    const slug = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{Letter}\p{Number}\s_-]/gu, '')
      .replace(/\s/g, '-');
    let anchor = slug;
    for (let n = 1; anchors.has(anchor); n += 1) anchor = `${slug}-${n}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** The rows of all tables below a heading (its text), each as cells; heads and rulers left out. */
export function rowsBelow(text: string, heading: string): readonly (readonly string[])[] {
  const lines = text.split('\n');
  const start = lines.findIndex((line) => line.replace(/^#+ /, '') === heading && line.startsWith('#'));
  if (start < 0) throw new Error(`there is no heading "${heading}"`);
  const length = lines.slice(start + 1).findIndex((line) => /^#{1,2} /.test(line));
  const section = lines.slice(start + 1, length < 0 ? undefined : start + 1 + length);
  const rows = section.filter((line) => line.startsWith('|')).map(cellsOf);
  return rows.filter((_, index) => !isRuler(rows[index]) && !isRuler(rows[index + 1]));
}

const cellsOf = (line: string): readonly string[] =>
  line
    .replace(/^\||\|$/g, '')
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim());

const isRuler = (cells: readonly string[] | undefined): boolean =>
  cells?.every((cell) => /^:?-+:?$/.test(cell)) ?? false;
