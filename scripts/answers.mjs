#!/usr/bin/env node
// What every route of the gateway answers, as JSON Schema, read by the compiler from the return types of the controllers'
// methods: the wire types are the one truth, and a route whose answer cannot be told stops the build.
//   node scripts/answers.mjs FILE
import { mkdir, writeFile } from 'node:fs/promises';
import { readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const gateway = join(root, 'apps', 'gateway', 'src');
const VERBS = new Set(['Get', 'Post', 'Put', 'Patch', 'Delete']);
/** A chunk of bytes: the route says by `@Answers` of which kind. */
const BYTES = 'StreamableFile';

/** @returns {{ answers: Record<string, object>, schemas: Record<string, object> }} by `Controller.method`; `{}`: it sends no JSON */
export function readAnswers() {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root);
  const files = readdirSync(gateway, { recursive: true, encoding: 'utf8' }).filter((f) => f.endsWith('.controller.ts'));
  const program = ts.createProgram(
    files.map((f) => join(gateway, f)),
    { ...options, noEmit: true },
  );
  const writer = new Writer(program.getTypeChecker());
  const answers = {};
  for (const file of files.sort()) {
    for (const { id, method } of routesOf(program.getSourceFile(join(gateway, file))))
      answers[id] = writer.answerOf(id, method);
  }
  if (writer.faults.length > 0) throw new Error(`answers that cannot be described:\n  ${writer.faults.join('\n  ')}`);
  return { answers, schemas: Object.fromEntries([...writer.schemas].sort(([a], [b]) => (a < b ? -1 : 1))) };
}

function routesOf(source) {
  const classes = source.statements.filter((s) => ts.isClassDeclaration(s) && decoratorsOf(s).includes('Controller'));
  return classes.flatMap((c) =>
    c.members
      .filter((m) => ts.isMethodDeclaration(m) && decoratorsOf(m).some((d) => VERBS.has(d)))
      .map((method) => ({ id: `${c.name.text}.${method.name.getText()}`, method })),
  );
}

const decoratorsOf = (node) =>
  (ts.getDecorators(node) ?? []).map(({ expression: e }) => (ts.isCallExpression(e) ? e.expression : e).getText());

class Writer {
  /** Types that have a name, by it. */
  schemas = new Map();
  faults = [];
  /** Which type a name stands for: two of the same name are kept apart. */
  named = new Map();
  where = '';

  constructor(checker) {
    this.checker = checker;
  }

  answerOf(id, method) {
    this.where = id;
    const signature = this.checker.getSignatureFromDeclaration(method);
    const type = this.checker.getAwaitedType(this.checker.getReturnTypeOfSignature(signature));
    if (type.flags & (ts.TypeFlags.Void | ts.TypeFlags.Undefined)) return {};
    if (type.symbol?.name === BYTES) return {};
    return { schema: this.schemaOf(type, id) };
  }

  schemaOf(type, path) {
    const name = this.nameOf(type);
    if (name === null) return this.inlineOf(type, path);
    if (!this.schemas.has(name)) {
      // Before it is written: a type may hold itself.
      this.schemas.set(name, {});
      const said = type.aliasSymbol ?? type.symbol;
      this.schemas.set(name, { ...this.commentOf(said), ...this.inlineOf(type, name) });
    }
    return { $ref: `#/components/schemas/${name}` };
  }

  /** Interfaces and aliases of the own code that are exported; a part of a generic one has no name of its own. */
  nameOf(type) {
    const alias = type.aliasSymbol;
    if (alias && (type.aliasTypeArguments ?? []).length === 0) return this.nameFor(alias, type);
    const { symbol } = type;
    const isInterface = symbol && symbol.flags & (ts.SymbolFlags.Interface | ts.SymbolFlags.Class);
    if (!isInterface || this.checker.getTypeArguments(type).length > 0) return null;
    return this.nameFor(symbol, type);
  }

  nameFor(symbol, type) {
    const file = symbol.declarations?.[0]?.getSourceFile().fileName ?? '';
    if (file.includes('node_modules') || !file.startsWith(root)) return null;
    if (type.flags & (ts.TypeFlags.StringLike | ts.TypeFlags.NumberLike)) return null;
    const key = `${relative(root, file)}#${symbol.name}`;
    for (let n = 1; ; n++) {
      const name = n === 1 ? symbol.name : `${symbol.name}${n}`;
      const owner = this.named.get(name) ?? key;
      if (owner !== key) continue;
      this.named.set(name, key);
      return name;
    }
  }

  inlineOf(type, path) {
    const { flags } = type;
    if (flags & ts.TypeFlags.Any) return this.fault(path, 'any');
    if (flags & ts.TypeFlags.Unknown) return {};
    if (flags & ts.TypeFlags.Null) return { type: 'null' };
    if (flags & (ts.TypeFlags.StringLiteral | ts.TypeFlags.NumberLiteral)) return { const: type.value };
    if (flags & ts.TypeFlags.BooleanLiteral) return { const: type.intrinsicName === 'true' };
    if (flags & ts.TypeFlags.StringLike) return { type: 'string' };
    if (flags & ts.TypeFlags.NumberLike) return { type: 'number' };
    if (flags & ts.TypeFlags.BooleanLike) return { type: 'boolean' };
    if (flags & ts.TypeFlags.NonPrimitive) return { type: 'object' };
    if (type.isUnion()) return this.unionOf(type, path);
    if (flags & ts.TypeFlags.TypeParameter) return this.schemaOf(this.checker.getBaseConstraintOfType(type), path);
    if (flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection)) return this.objectOf(type, path);
    return this.fault(path, this.checker.typeToString(type));
  }

  /** JSON has no `undefined`: a part of a union that may be left out is told by its key not being required. */
  unionOf(type, path) {
    const parts = type.types.filter((t) => !(t.flags & ts.TypeFlags.Undefined));
    const literals = parts.filter((t) => t.flags & (ts.TypeFlags.StringLiteral | ts.TypeFlags.NumberLiteral));
    const booleans = parts.filter((t) => t.flags & ts.TypeFlags.BooleanLiteral);
    const rest = parts.filter((t) => !literals.includes(t) && !booleans.includes(t));
    const schemas = [
      ...(literals.length > 0
        ? [literals.length === 1 ? { const: literals[0].value } : { enum: literals.map((t) => t.value) }]
        : []),
      ...(booleans.length === 2 ? [{ type: 'boolean' }] : booleans.map((t) => ({ const: t.intrinsicName === 'true' }))),
      ...rest.map((t) => this.schemaOf(t, path)),
    ];
    if (schemas.length > 1 && schemas.every((s) => typeof s.type === 'string' && Object.keys(s).length === 1))
      return { type: schemas.map((s) => s.type) };
    return schemas.length === 1 ? schemas[0] : { anyOf: schemas };
  }

  objectOf(type, path) {
    const { checker } = this;
    if (checker.isTupleType(type)) {
      const items = checker.getTypeArguments(type).map((t) => this.schemaOf(t, path));
      return {
        type: 'array',
        prefixItems: items,
        minItems: type.target.minLength,
        ...(type.target.hasRestElement ? {} : { items: false }),
      };
    }
    if (checker.isArrayType(type))
      return { type: 'array', items: this.schemaOf(checker.getTypeArguments(type)[0], `${path}[]`) };
    // As JSON.stringify does.
    if (type.symbol?.name === 'Date') return { type: 'string', format: 'date-time' };
    if (checker.getPropertyOfType(type, 'toJSON') || type.getCallSignatures().length > 0)
      return this.fault(path, checker.typeToString(type));
    const properties = {};
    const required = [];
    for (const property of checker.getPropertiesOfType(type)) {
      const of = checker.getTypeOfSymbol(property);
      if (of.flags & ts.TypeFlags.Undefined) continue;
      properties[property.name] = { ...this.commentOf(property), ...this.schemaOf(of, `${path}.${property.name}`) };
      const optional =
        property.flags & ts.SymbolFlags.Optional ||
        (of.isUnion() && of.types.some((t) => t.flags & ts.TypeFlags.Undefined));
      if (!optional) required.push(property.name);
    }
    const index = checker.getIndexInfosOfType(type)[0];
    return {
      type: 'object',
      ...(Object.keys(properties).length > 0 ? { properties } : {}),
      ...(required.length > 0 ? { required } : {}),
      ...(index ? { additionalProperties: this.schemaOf(index.type, `${path}[*]`) } : {}),
    };
  }

  /** What stands above it in the code. */
  commentOf(symbol) {
    const said = ts.displayPartsToString(symbol?.getDocumentationComment(this.checker)).replace(/\s+/g, ' ').trim();
    return said === '' ? {} : { $comment: said };
  }

  fault(path, type) {
    this.faults.push(`${this.where}: ${path} is ${type}`);
    return {};
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const file = process.argv[2];
  if (file === undefined) throw new Error('usage: node scripts/answers.mjs FILE');
  try {
    const found = readAnswers();
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, JSON.stringify(found));
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
