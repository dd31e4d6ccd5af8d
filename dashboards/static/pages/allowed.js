// What whoever looks may open. The server knows; it leads only to those pages.

/** Whether they may open this page. */
export const mayOpen = (page) => Boolean(document.querySelector(`.top nav [data-page="${page}"]`));
