// The rules for the scripts of the interactives and of the practice cards; tests/gates/javascript.py runs them.
const PAGE = `AnalyserNode AudioBuffer AudioBufferSourceNode AudioContext AudioWorkletNode Blob GainNode
  MediaStreamAudioSourceNode MutationObserver OffscreenCanvas ResizeObserver URL cancelAnimationFrame clearTimeout
  document matchMedia navigator performance queueMicrotask requestAnimationFrame setTimeout window`.split(/\s+/);

export default [{
  languageOptions: {
    ecmaVersion: 2023,
    sourceType: "module",
    globals: Object.fromEntries(PAGE.map((name) => [name, "readonly"])),
  },
  linterOptions: { reportUnusedDisableDirectives: "error" },
  rules: {
    "eqeqeq": "error",
    "max-len": ["error", { code: 120, ignoreUrls: true }],
    "max-lines-per-function": ["error", { max: 60, IIFEs: true }],
    "no-const-assign": "error",
    "no-dupe-args": "error",
    "no-dupe-class-members": "error",
    "no-dupe-keys": "error",
    "no-redeclare": "error",
    "no-self-assign": "error",
    "no-shadow": ["error", { allow: ["_"] }],
    "no-undef": "error",
    "no-unreachable": "error",
    "no-unused-vars": "error",
    "no-useless-assignment": "error",
    "no-useless-return": "error",
    "no-var": "error",
    "prefer-const": ["error", { destructuring: "all" }],
    "use-isnan": "error",
  },
}];
