// An expression of t, such as 0.5 sin(2 pi 440 t) exp(-t / 100 ms), read by a small grammar of its own, never by eval:
//
//   sum     = product { ("+" | "-") product }
//   product = signed { ("*" | "/") signed | power }          what follows directly is multiplied, from left to right
//   signed  = [ "-" ] power                                  so -2^2 is -(2^2)
//   power   = atom [ "^" signed ]                            so 2^3^2 is 2^(3^2)
//   atom    = number [ unit ] | name | function "(" sum { "," sum } ")" | "(" sum ")"

const LONGEST_EXPRESSION = 500, MOST_PARAMETERS = 8, NOISE_RATE = 48000;
const CONSTANTS = { pi: Math.PI, "π": Math.PI, e: Math.E };
const UNITS = {
  Hz: 1, kHz: 1000, s: 1, ms: 1e-3, us: 1e-6, "µs": 1e-6, "%": 0.01, deg: Math.PI / 180, "°": Math.PI / 180, dB: NaN,
};
const OTHER_UNITS = "sec secs second seconds msec hertz rad rpm bpm cm km kg Pa dBFS cent cents".split(" ");
const FUNCTIONS = {
  sin: Math.sin, cos: Math.cos, tan: Math.tan, exp: Math.exp, log: Math.log, log10: Math.log10, sqrt: Math.sqrt,
  abs: Math.abs, sign: Math.sign, floor: Math.floor, tanh: Math.tanh, noise: noiseAt,
  min: (a, b) => (a < b ? a : b), max: (a, b) => (a > b ? a : b),
};
const isFunction = (name) => Object.hasOwn(FUNCTIONS, name);
const OPERATIONS = {
  "+": (a, b) => a + b, "-": (a, b) => a - b, "*": (a, b) => a * b, "/": (a, b) => a / b, "^": (a, b) => a ** b,
};
const SPELLINGS = new Map([["−", "-"], ["×", "*"], ["·", "*"], ["÷", "/"], ["**", "^"]]);
const TOKEN = new RegExp([
  /(?<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)/u, /(?<name>\p{L}[\p{L}\p{Decimal_Number}_]*)/u,
  /(?<sign>\*\*|[-+*/^(),%°−×·÷])/u,
].map(({ source }) => source).join("|"), "uy");

// Between −1 and 1, at random but the same at each start; one number for each 1/48,000 of what it is given.
function noiseAt(value) {
  let mixed = Math.imul(Math.round(value * NOISE_RATE) ^ 0x5bd1e995, 0x9e3779b1);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return ((mixed ^ (mixed >>> 16)) >>> 0) / 2147483648 - 1;
}

// {tree, names, notes} of what can be read, {error: {at, words}} of what cannot; `at` counts characters from 0.
function readExpression(text) {
  try {
    if (text.length > LONGEST_EXPRESSION) {
      const rule = `a formula has at most ${LONGEST_EXPRESSION} characters`;
      refuse(LONGEST_EXPRESSION, `${rule}, got ${text.length}: shorten it`);
    }
    const reader = new ExpressionReader(tokensOf(text)), tree = reader.all();
    return { tree, names: [...reader.names.keys()], notes: reader.notes };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { error };
  }
}

class Refusal {
  constructor(at, words) {
    this.at = at;
    this.words = `Character ${at + 1}: ${words}.`;
  }
}

function refuse(at, words) { throw new Refusal(at, words); }

function tokensOf(text) {
  const tokens = [];
  let at = 0;
  for (;;) {
    while (at < text.length && /\s/u.test(text[at])) at++;
    if (at === text.length) break;
    TOKEN.lastIndex = at;
    const found = TOKEN.exec(text);
    if (!found) refuseCharacter(text, at);
    const [kind, word] = Object.entries(found.groups).find(([, part]) => part !== undefined);
    tokens.push({ kind, text: SPELLINGS.get(word) ?? word, at, end: at + word.length });
    at += word.length;
  }
  return [...tokens, { kind: "end", text: "", at, end: at }];
}

function refuseCharacter(text, at) {
  const [character] = text.slice(at), hint = {
    "=": "type only what stands on its right", "²": "write ^2", "³": "write ^3", "[": "use ( )", "]": "use ( )",
    "{": "use ( )", "}": "use ( )", ";": "arguments are parted by a comma", "|": "write abs( )", "√": "write sqrt( )",
  }[character] ?? "remove it";
  refuse(at, `a formula holds numbers, names, + - * / ^ ( ) and commas, got "${character}": ${hint}`);
}

// Reads tokens from left to right. Each method takes what its line of the grammar says, and returns a tree.
class ExpressionReader {
  constructor(tokens) {
    Object.assign(this, { tokens, place: 0, names: new Map(), notes: [] });
  }

  get next() { return this.tokens[this.place]; }
  get last() { return this.tokens[this.place - 1] ?? { kind: "start", text: "", at: 0, end: 0 }; }
  take() { return this.tokens[this.place++]; }
  isNext(...signs) { return this.next.kind === "sign" && signs.includes(this.next.text); }

  all() {
    if (this.next.kind === "end") refuse(0, "a formula is an expression of t, got nothing: type sin(2 pi 440 t)");
    const tree = this.sum();
    if (this.next.kind !== "end") this.refuseNext();
    return tree;
  }

  sum() {
    let tree = this.product();
    while (this.isNext("+", "-")) {
      const { text, at } = this.take(), isLevel = this.isDecibels();
      if (isLevel && text === "-") this.notes.push("Here a number is subtracted; a level is lowered by * -6 dB.");
      tree = applied(text, at, OPERATIONS[text], tree, this.product());
    }
    return tree;
  }

  product() {
    let tree = this.signed(), isDivided = false;
    for (;;) {
      const { text, at, kind } = this.next;
      if (this.isNext("*", "/")) {
        this.take();
        tree = applied(text, at, OPERATIONS[text], tree, this.signed());
        isDivided = text === "/";
      } else if (kind === "number" || kind === "name" || this.isNext("(")) {
        const { last } = this;
        if (kind === "number" && (last.kind === "number" || last.isUnit)) {
          const got = `got "${last.text} ${text}"`;
          refuse(at, `between two numbers an operator must stand, ${got}: write * or + before ${text}`);
        }
        if (isDivided && kind === "name" && !isFunction(text)) {
          this.notes.push(`From left to right: a/b ${text} is (a/b) ${text}.`);
        }
        tree = applied("*", at, OPERATIONS["*"], tree, this.power());
      } else return tree;
    }
  }

  signed() {
    if (!this.isNext("-")) return this.power();
    const { at } = this.take();
    if (this.isDecibels()) return this.power(-1);
    return applied("-", at, (a) => -a, this.power());
  }

  power(levelSign = 1) {
    const base = this.atom(levelSign);
    if (!this.isNext("^")) return base;
    const { at } = this.take();
    return applied("^", at, OPERATIONS["^"], base, this.signed());
  }

  atom(levelSign) {
    const { kind } = this.next;
    if (kind === "number") return this.quantity(levelSign);
    if (kind === "name") return this.name();
    if (this.isNext("(")) return this.group()[0];
    return this.refuseNext();
  }

  // A number, and its unit if one follows; a level in dB is the factor of its amplitude, and -6 dB is a level.
  quantity(levelSign) {
    const { text, at } = this.take(), value = Number(text), { next } = this;
    if (!Number.isFinite(value)) refuse(at, `a number must be below 1e308, got ${text}: write a smaller one`);
    if (Object.hasOwn(UNITS, next.text)) {
      this.take().isUnit = true;
      return { kind: "value", value: next.text === "dB" ? 10 ** ((levelSign * value) / 20) : value * UNITS[next.text] };
    }
    if (next.kind === "name") refuseOtherUnit(next);
    return { kind: "value", value };
  }

  isDecibels() { return this.next.kind === "number" && this.tokens[this.place + 1].text === "dB"; }

  name() {
    const { text, at, end } = this.take(), isCall = this.isNext("(") && (this.next.at === end || isFunction(text));
    if (text === "t" || text === "x") return { kind: "time" };
    if (Object.hasOwn(CONSTANTS, text)) return { kind: "value", value: CONSTANTS[text] };
    if (isFunction(text)) return this.call(text, at, isCall);
    if (isCall) refuseFunction(text, at);
    if (Object.hasOwn(UNITS, text)) refuse(at, `the unit ${text} must follow a number, got none: choose another name`);
    if (this.names.size === MOST_PARAMETERS && !this.names.has(text)) {
      const rule = `a formula has at most ${MOST_PARAMETERS} parameters`;
      refuse(at, `${rule}, got "${text}" as one more: write numbers for some`);
    }
    if (/^(pi|\p{L})[tx]$/u.test(text)) this.notes.push(`"${text}" is one name: a product needs a space.`);
    this.names.set(text, at);
    return { kind: "parameter", name: text };
  }

  call(text, at, isCall) {
    const apply = FUNCTIONS[text], isPair = text === "min" || text === "max";
    if (!isCall) {
      if (text === "noise") return applied(text, at, apply, { kind: "time" });
      refuse(at, `${text} takes its argument in parentheses, got none: write ${text}(…)`);
    }
    const parts = this.group(true), got = `got ${parts.length}`;
    if (!isPair && parts.length > 1) refuse(at, `${text} takes one argument, ${got}: a decimal has a point, 0.5`);
    if (isPair && parts.length < 2) refuse(at, `${text} takes two arguments or more, ${got}: part them by commas`);
    const [first, ...others] = parts;
    return isPair ? others.reduce((tree, part) => applied(text, at, apply, tree, part), first)
      : applied(text, at, apply, first);
  }

  // What stands between two parentheses.
  group(isCall = false) {
    const open = this.take(), parts = [];
    do {
      if (this.next.kind === "end") refuse(open.at, 'each "(" needs its ")", got none: add ")"');
      parts.push(this.sum());
    } while (isCall && this.isNext(",") && this.take());
    if (this.next.kind === "end") refuse(open.at, 'each "(" needs its ")", got none: add ")"');
    if (!this.isNext(")")) this.refuseNext();
    this.take();
    return parts;
  }

  // The next token cannot stand where it stands.
  refuseNext() {
    const { next: { kind, text, at }, last } = this, isAfterOperator = last.text && "+-*/^".includes(last.text);
    if (text === ",") refuse(at, 'a comma parts arguments of min and max, got it elsewhere: a decimal has a point');
    if (text === "%" || text === "°") refuse(at, `the unit ${text} must follow a number, got none: remove it`);
    if (isAfterOperator && (kind === "end" || text === ")")) {
      refuse(last.at, `after "${last.text}" a number, a name or "(" must follow, got nothing: add one`);
    }
    if (text === ")" && last.text === "(") refuse(at, 'between "(" and ")" something must stand, got nothing: add it');
    if (text === ")" && last.text !== ",") refuse(at, 'each ")" needs its "(", got none: remove it');
    if (isAfterOperator) {
      const rule = 'between two operators a number, a name or "(" must stand';
      refuse(at, `${rule}, got "${last.text} ${text}": remove one of them`);
    }
    return refuse(at, `before "${text}" a number, a name or ")" must stand, got nothing: add one`);
  }
}

const applied = (text, at, apply, ...parts) => ({ kind: "applied", text, at, apply, parts });

function refuseOtherUnit({ text, at }) {
  const like = Object.keys(UNITS).find((unit) => unit.toLowerCase() === text.toLowerCase());
  if (!like && !OTHER_UNITS.includes(text) || Object.hasOwn(CONSTANTS, text)) return;
  const known = "Hz, kHz, s, ms, us, %, deg or dB", way = like ? `write ${like}` : "convert it";
  refuse(at, `a unit must be ${known}, got "${text}": ${way}, or put * before a name of yours`);
}

function refuseFunction(text, at) {
  const known = Object.keys(FUNCTIONS), lower = text.toLowerCase();
  const like = known.find((name) => lower.startsWith(name)) ?? known.find((name) => name.startsWith(lower.slice(0, 2)));
  const way = like ? `write ${like}, or put * before "("` : 'for a product put * before "("';
  refuse(at, `a name before "(" must be one of ${known.join(", ")}, got "${text}": ${way}`);
}

// The values at the times t, for parameters {name: value}: a new array, or one number if t does not matter.
function valuesAt(tree, t, given) {
  if (tree.kind === "value") return tree.value;
  if (tree.kind === "time") return t.slice();
  if (tree.kind === "parameter") return given[tree.name];
  const { apply } = tree, [a, b] = tree.parts.map((part) => valuesAt(part, t, given));
  if (b === undefined) return typeof a === "number" ? apply(a) : mapInPlace(a, apply);
  if (typeof a !== "number") {
    if (typeof b === "number") for (let i = 0; i < a.length; i++) a[i] = apply(a[i], b);
    else for (let i = 0; i < a.length; i++) a[i] = apply(a[i], b[i]);
    return a;
  }
  return typeof b === "number" ? apply(a, b) : mapInPlace(b, (value) => apply(a, value));
}

function mapInPlace(values, apply) {
  for (let i = 0; i < values.length; i++) values[i] = apply(values[i]);
  return values;
}

const valueAtTime = (tree, time, given) => {
  const value = valuesAt(tree, Float64Array.of(time), given);
  return typeof value === "number" ? value : value[0];
};

// Why a value is no ordinary number: the innermost part that is given numbers and makes none of them.
function whyNotFinite(tree, time, given) {
  const inner = (tree.parts ?? []).find((part) => !Number.isFinite(valueAtTime(part, time, given)));
  if (inner) return whyNotFinite(inner, time, given);
  const value = valueAtTime(tree, time, given);
  const parts = tree.parts.map((part) => labelOf(valueAtTime(part, time, given), 4));
  const what = Number.isNaN(value) ? "no number" : "infinite";
  const isSign = Object.hasOwn(OPERATIONS, tree.text);
  const how = isSign ? parts.join(` ${tree.text} `) : `${tree.text}(${parts.join(", ")})`;
  const when = `at t = ${labelOf(time)} s the value is ${what}`;
  const way = tree.text === "/" ? "shift what divides, as in t + 1 us" : "keep its argument away from there";
  return new Refusal(tree.at, `a sound has finite values, and ${when}, ${how}: ${way}`);
}
