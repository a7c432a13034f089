import './style.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app';
import { PageConnection } from './connection';

const root = document.getElementById('page');
if (root === null) throw new Error('index.html: expected an element with the id page, got none');
const address = `ws://${location.host}/live`;
const connection = new PageConnection(address, location.hash.slice(1));
createRoot(root).render(
  <StrictMode>
    <App connection={connection} />
  </StrictMode>,
);
