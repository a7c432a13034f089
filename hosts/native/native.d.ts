/** XS binds a function of C by its name. Here, because the package's own typings would bring all of XS along. */
declare function native(name: string): (...args: never[]) => unknown;
