// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IERC721Receiver} from "@openzeppelin/contracts/token/ERC721/IERC721Receiver.sol";
import {Stablecoin} from "./Stablecoin.sol";

/// @title A token that calls back while it transfers, and can hold meters and earn from them
contract ReentrantToken is Stablecoin, IERC721Receiver {
    address private target;
    bytes private callback;
    /// @notice How often it called back, and the selector of the error that the last call ended with.
    uint256 public calls;
    bytes4 public lastError;

    /// @notice Calls back with this data at the next transfer.
    function arm(address target_, bytes calldata callback_) external {
        target = target_;
        callback = callback_;
    }

    /// @notice Does anything in this token's name.
    function act(address callee, bytes calldata data) external {
        (bool done, bytes memory result) = callee.call(data);
        if (!done) revert(string(result));
    }

    function onERC721Received(address, address, uint256, bytes calldata) external pure returns (bytes4) {
        return IERC721Receiver.onERC721Received.selector;
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (target == address(0)) return;
        address callee = target;
        target = address(0);
        calls++;
        (bool done, bytes memory result) = callee.call(callback);
        lastError = done ? bytes4(0) : bytes4(result);
    }
}
