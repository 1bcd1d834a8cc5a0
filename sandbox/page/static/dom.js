// Small helpers for building nodes. Text always goes in as text, never as markup.

const SVG = 'http://www.w3.org/2000/svg';

/** make('button', {class: 'x', type: 'button', onclick: f}, 'Label', child) */
export function make(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (typeof value === 'function') node[name] = value;
    else if (value === true) node.setAttribute(name, '');
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** A picture of icons.svg, by its name. */
export function icon(name) {
  const picture = document.createElementNS(SVG, 'svg');
  const use = document.createElementNS(SVG, 'use');
  picture.setAttribute('class', 'icon');
  picture.setAttribute('aria-hidden', 'true');
  use.setAttribute('href', `/demo/static/icons.svg#${name}`);
  picture.append(use);
  return picture;
}

/** Make `parent` hold exactly `nodes`, touching only what differs: focus and scrolling stay. */
export function keep(parent, nodes) {
  nodes.forEach((node, place) => {
    if (parent.children[place] !== node) parent.insertBefore(node, parent.children[place] ?? null);
  });
  while (parent.children.length > nodes.length) parent.lastElementChild.remove();
}

/** 2048 → «2 КБ» */
export function size(bytes) {
  if (bytes < 1024) return `${bytes} Б`;
  if (bytes < 1024 * 1024) return `${Math.round(bytes / 1024)} КБ`;
  return `${(bytes / 1024 / 1024).toFixed(1).replace('.', ',')} МБ`;
}
