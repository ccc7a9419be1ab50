// The meeting place of the components on one page: topics with a last value.
// Modules imported from the same address are singletons, so the editor, the preview
// and the live charts share this one without a request to the server.

const topics = new Map();

function topicOf(name) {
  if (!topics.has(name)) topics.set(name, { value: undefined, listeners: new Set() });
  return topics.get(name);
}

/** Keep `value` as the topic's last and hand it to every subscriber, in order. */
export function publish(name, value) {
  const topic = topicOf(name);
  topic.value = value;
  for (const listener of [...topic.listeners]) listener(value);
}

/** Call `listener` with the last value, if there is one, and with each later one. */
export function subscribe(name, listener) {
  const topic = topicOf(name);
  topic.listeners.add(listener);
  if (topic.value !== undefined) listener(topic.value);
  return () => topic.listeners.delete(listener);
}
