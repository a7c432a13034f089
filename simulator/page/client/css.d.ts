/** Style sheets that the bundler puts into the page's one. */
declare module '*.css';
