import { Box, Text } from 'ink';
import type { ReactNode } from 'react';

export interface PanelProps {
  readonly title: string;
  /** A remark at the right of the title. */
  readonly note?: string;
  /** Columns, the border included. */
  readonly width: number;
  readonly children: ReactNode;
}

/** A box with its title in the upper border. Each child is a line, or more of its own making. */
export function Panel({ title, note = '', width, children }: PanelProps) {
  const tail = note === '' ? '─╮' : ` ${note} ─╮`;
  const rule = '─'.repeat(Math.max(0, width - title.length - tail.length - 4));
  return (
    <Box flexDirection="column" width={width}>
      <Text wrap="truncate-end">
        <Text dimColor>╭─ </Text>
        <Text bold>{title}</Text>
        <Text dimColor>
          {' '}
          {rule}
          {tail}
        </Text>
      </Text>
      <Box flexDirection="column" borderStyle="round" borderTop={false} borderDimColor paddingX={1}>
        {children}
      </Box>
    </Box>
  );
}

/** One line, cut at the end when it does not fit; `right` stays whole at the right edge. */
export function Line({ children, right }: { readonly children: ReactNode; readonly right?: ReactNode }) {
  return (
    <Box justifyContent="space-between" height={1}>
      <Text wrap="truncate-end">{children}</Text>
      {right !== undefined && (
        <Box flexShrink={0} marginLeft={1}>
          <Text>{right}</Text>
        </Box>
      )}
    </Box>
  );
}
