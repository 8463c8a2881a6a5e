// The one place where elements are made. Everything that came over the wire becomes text here, never markup.

/** Makes an element. `props` may hold `class`, `text`, `on` (listeners) and any attribute; `false` and `null` leave it out. */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "text") element.textContent = value;
    else if (name === "class") element.className = value;
    else if (name === "on") for (const [type, listener] of Object.entries(value)) element.addEventListener(type, listener);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

const ICONS = {
  lock: "M7 10V7a5 5 0 0 1 10 0v3M5.5 10h13v10h-13z",
  check: "M5 12.5l4.5 4.5L19 7.5",
  copy: "M9 9h10v11H9zM15 9V4H5v11h4",
  alert: "M12 4L2.8 20h18.4zM12 10v4.5M12 17.2v.3",
  ask: "M4 5h16v11h-8l-4.5 4v-4H4z",
};

/** A line drawing, invisible to screen readers. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

// Colours are dealt out in the order in which people are met, as far apart on the wheel as they get.
const hues = new Map();
function hueOf(id) {
  if (!hues.has(id)) hues.set(id, Math.round((hues.size * 137.5 + 15) % 360));
  return hues.get(id);
}

/** The round picture of a person: initials on a colour of their own. */
export function avatar(id, name) {
  const initials = name.split(/\s+/u).filter(Boolean).slice(0, 2).map((word) => [...word][0]).join("");
  const mark = h("span", { class: "avatar", "aria-hidden": "true", text: initials.toLocaleUpperCase() });
  mark.style.setProperty("--hue", String(hueOf(id)));
  return mark;
}

/** The round picture of the bot: the mark at the top of the page. */
export function botAvatar() {
  const mark = h("span", { class: "avatar bot", "aria-hidden": "true" });
  mark.append(document.querySelector("#mark").cloneNode(true));
  mark.firstElementChild.removeAttribute("id");
  return mark;
}

/** Moves the children of `parent` into the order of `nodes` while touching only what is out of place, so that focus survives. */
export function arrange(parent, nodes) {
  const wanted = new Set(nodes);
  for (const child of [...parent.children]) if (!wanted.has(child)) child.remove();
  nodes.forEach((node, index) => {
    if (parent.children[index] !== node) parent.insertBefore(node, parent.children[index] ?? null);
  });
}

/** Whether the reader asked for less motion. */
export const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
