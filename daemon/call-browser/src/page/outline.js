// The outline of a screen that no rule knows: shape without content, for IT. Tags, roles, types and names of data
// attributes; no text, no values, no addresses.
() => {
  const NODES_MAX = 3000;
  const DEPTH_MAX = 60;
  let nodes = 0;
  const QUIET = new Set(["SCRIPT", "STYLE", "LINK", "META", "NOSCRIPT", "PATH", "TEMPLATE"]);
  const TYPES = /^(button|submit|text|password|email|tel|number|checkbox|radio|search|url|hidden)$/;
  const ROLES = /^[a-z]{2,20}$/;
  const outline = (element, depth) => {
    nodes += 1;
    const shape = { tag: element.tagName.toLowerCase().replace(/[^a-z0-9-]/g, "?") };
    const role = element.getAttribute("role");
    const type = element.getAttribute("type");
    const data = element.getAttributeNames().filter((name) => /^data-[a-z-]{1,40}$/.test(name));
    if (role && ROLES.test(role)) shape.role = role;
    if (type && TYPES.test(type)) shape.type = type;
    if (data.length > 0) shape.data = data;
    if (!element.checkVisibility?.({ opacityProperty: true, visibilityProperty: true })) shape.hidden = true;
    if (element.matches(":disabled")) shape.disabled = true;
    if (element.tagName === "IFRAME") shape.frame = true;
    const inside = (root) => {
      const children = [];
      for (const child of root?.children ?? []) {
        if (nodes >= NODES_MAX || depth >= DEPTH_MAX) return [...children, { cut: true }];
        if (!QUIET.has(child.tagName.toUpperCase())) children.push(outline(child, depth + 1));
      }
      return children;
    };
    const shadow = inside(element.shadowRoot);
    const children = inside(element);
    if (shadow.length > 0) shape.shadow = shadow;
    if (children.length > 0) shape.children = children;
    return shape;
  };
  return outline(document.documentElement, 0);
}
