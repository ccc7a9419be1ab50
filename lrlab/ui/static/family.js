// The family of a run: nested lists of native links, a branch inside the run that it grew from.

import "./style.js";
import { make } from "./fields.js";

/** Streamlit's entry: runs on each change of data or theme with the same `parentElement`. */
export default function mount({ parentElement, data }) {
  const id = "lrlab-family-title";
  const title = make("p", { id, className: "lrlab-family-title" }, data.title);
  const nav = make("nav", { className: "lrlab-family", "aria-labelledby": id }, title,
    listOf(data.members));
  parentElement.querySelector(".lrlab-family")?.remove();
  parentElement.append(nav);
}

/** Return the list of `members` ({run, depth, said, colour, here}), which stand in tree order. */
function listOf(members) {
  const list = make("ul");
  const lists = [list]; // the open list of each depth
  for (const member of members) {
    lists.length = member.depth + 1;
    const item = itemOf(member);
    lists.at(-1).append(item);
    lists.push(item.appendChild(make("ul")));
  }
  for (const empty of list.querySelectorAll("ul:empty")) empty.remove();
  return list;
}

function itemOf({ run, said, colour, here }) {
  const dot = make("i", { "aria-hidden": "true" });
  dot.style.background = colour;
  const link = make("a", { href: `train?run=${run}`, "data-run": run }, dot, said);
  if (here) link.setAttribute("aria-current", "page");
  return make("li", {}, link);
}
