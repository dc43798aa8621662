/** A place with what lies in it, and how many reports are of it and below. */
export interface RegionNode {
  name: string;
  count: number;
  below: RegionNode[];
}

const STEP = /.+?(?:特别行政区|自治区|自治州|自治县|省|地区|盟|市|县|区|旗|街道|镇|乡)/gu;

/** `江西省赣州市寻乌县` → its steps; a name without a known ending is one step. */
export function stepsOf(name: string): string[] {
  const steps = name.match(STEP) ?? [];
  const rest = name.slice(steps.join('').length);
  return rest === '' ? [...steps] : [...steps, rest];
}

/** Places as a tree, the most reports first; those without a place are one branch. */
export function regionTree(places: readonly { name: string; count: number }[]): RegionNode[] {
  const roots: RegionNode[] = [];
  for (const { name, count } of places) {
    let level = roots;
    for (const step of name === '' ? ['地区未明'] : stepsOf(name)) {
      let node = level.find((n) => n.name === step);
      if (!node) level.push((node = { name: step, count: 0, below: [] }));
      node.count += count;
      level = node.below;
    }
  }
  const sort = (nodes: RegionNode[]): RegionNode[] => {
    nodes.sort((a, b) => b.count - a.count);
    nodes.forEach((n) => sort(n.below));
    return nodes;
  };
  return sort(roots);
}
