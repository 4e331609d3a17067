/** Checks snippets as the project checks itself, with the compiler and its tsconfig.json: all of them as one program, held in memory. */
import { join } from 'node:path';
import ts from 'typescript';
import { root } from '../examples/child-process.ts';

export interface Snippet {
  /** Where it stands: a path from the root of the checkout, and the number of its first line. */
  readonly path: string;
  readonly line: number;
  readonly code: string;
  /** What its surroundings have: declared before it. Absent: it is a whole module. */
  readonly before?: string;
}

/** One line for each thing that is wrong, with the place in the page. */
export function typeErrors(snippets: readonly Snippet[]): readonly string[] {
  const modules = new Map(snippets.map((snippet, n) => [join(root, `snippet-${n}.ts`), moduleOf(snippet)] as const));
  const options = compilerOptions();
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (name) => modules.has(name) || fileExists(name);
  host.readFile = (name) => modules.get(name)?.text ?? readFile(name);
  host.getSourceFile = (name, languageVersion, ...rest) => {
    const module = modules.get(name);
    return module === undefined
      ? getSourceFile(name, languageVersion, ...rest)
      : ts.createSourceFile(name, module.text, languageVersion);
  };
  const program = ts.createProgram([...modules.keys()], options, host);
  return [...modules].flatMap(([name, module]) => {
    const file = program.getSourceFile(name);
    return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].flatMap((diagnostic) => {
      const { line } = ts.getLineAndCharacterOfPosition(file!, diagnostic.start ?? 0);
      const inSnippet = line - module.offset;
      const { path, line: first, before } = module.snippet;
      // What stands around a snippet may be more than it uses, and what a part ends with is used by the rest.
      if (inSnippet < 0 || inSnippet >= module.lines) return [];
      if (before !== undefined && diagnostic.code === neverRead) return [];
      return [`${path}:${first + inSnippet}: ${ts.flattenDiagnosticMessageText(diagnostic.messageText, ' ')}`];
    });
  });
}

/** "'x' is declared but its value is never read." */
const neverRead = 6133;

function moduleOf(snippet: Snippet) {
  const lines = snippet.code.split('\n').length;
  const { before } = snippet;
  if (before === undefined) return { snippet, text: snippet.code, offset: 0, lines };
  const head = `${before}\nexport async function snippet() {\n`;
  return { snippet, text: `${head}${snippet.code}}\n`, offset: head.split('\n').length - 1, lines: lines - 1 };
}

function compilerOptions(): ts.CompilerOptions {
  const { config, error } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
  if (error) throw new Error(ts.flattenDiagnosticMessageText(error.messageText, ' '));
  return ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, root).options;
}
