/** The layers of docs/architecture.md: imports point down only. */
const layers = [
  {
    name: '0-vocabulary',
    path: '^src/(check|report|sender|unit|token-store|leader-elector|kube-api|tag-provider|errors|clock|log|or-aborted|quoted|required)\\.ts$',
  },
  { name: '1-kube', path: '^src/(kube/|query/|commit-gate\\.ts$)' },
  { name: '2-mechanisms', path: '^src/(watch|tokens|leader)/' },
  { name: '3-units', path: '^src/(access|control-plane|openshift|events)/' },
  { name: '4-config', path: '^src/config/' },
  {
    name: '5-check',
    path: '^src/(kube-as-check|announcer|joined-runs|run-report|run-units|default-units|units|unit-context|stats|statistics|guarded-emitter|tagged|turn|format-report|explain)\\.ts$',
  },
  { name: '6-edge', path: '^src/(index\\.ts$|cli/|senders/|testing/)' },
];

const upward = layers.slice(0, -1).map(({ name, path }, i) => ({
  name: `${name}-imports-nothing-above`,
  severity: 'error',
  from: { path },
  to: { path: layers.slice(i + 1).map((layer) => layer.path) },
}));

/** Concepts of one layer know nothing of each other; what they share lives below. */
const siblings = ['watch', 'tokens', 'leader', 'access', 'control-plane', 'openshift', 'events'].map((folder) => ({
  name: `${folder}-knows-no-sibling`,
  severity: 'error',
  from: { path: `^src/${folder}/` },
  to: {
    path: layers.filter(({ path }) => path.endsWith(')/') && path.includes(folder)).map((layer) => layer.path),
    pathNot: `^src/${folder}/`,
  },
}));

const onlyIn = (file, module) => ({
  name: `${module}-only-in-${file}`,
  severity: 'error',
  from: { path: '^src/', pathNot: `^src/${file}$` },
  to: { path: `node_modules/${module}/`, dependencyTypesNot: ['type-only'] },
});

module.exports = {
  forbidden: [
    ...upward,
    ...siblings,
    {
      name: 'every-file-has-a-layer',
      severity: 'error',
      from: { path: '^src/', pathNot: layers.map(({ path }) => path) },
      to: {},
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'senders-see-the-vocabulary-only',
      severity: 'error',
      from: { path: '^src/senders/' },
      to: { path: '^src/', pathNot: [layers[0].path, '^src/senders/'] },
    },
    {
      name: 'nobody-imports-the-edge',
      severity: 'error',
      from: { path: '^src/', pathNot: layers.at(-1).path },
      to: { path: layers.at(-1).path },
    },
    {
      name: 'index-loads-no-test-double-and-no-sender',
      severity: 'error',
      from: { path: '^src/index\\.ts$' },
      to: { path: '^src/(testing|senders)/', reachable: true },
    },
    onlyIn('kube/connect\\.ts', '@kubernetes/client-node'),
    onlyIn('log\\.ts', 'debug'),
    onlyIn('query/cel\\.ts', '@marcbachmann/cel-js'),
    onlyIn('query/cel\\.ts', '@bufbuild/re2'),
    onlyIn('(query/cache|events/look-up/memory)\\.ts', 'lru-cache'),
    onlyIn('(guarded-emitter|kube-as-check)\\.ts', 'eventemitter3'),
    onlyIn('(kube/wire|testing/fake-api-server)/protobuf[a-z-]*\\.ts', 'pbf'),
    {
      name: 'protobuf-is-loaded-when-it-comes',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(kube/wire/(protobuf[a-z-]*|repeated-text)|testing/.*)\\.ts$' },
      to: { path: '^src/kube/wire/protobuf', dependencyTypesNot: ['dynamic-import'] },
    },
    {
      name: 'no-dev-dependency-in-the-package',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
  },
};
