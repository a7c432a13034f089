// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Stablecoin} from "./Stablecoin.sol";

/// @title A token that says false, and moves nothing, where others revert
contract FalseToken is Stablecoin {
    function transferFrom(address, address, uint256) public pure override returns (bool) {
        return false;
    }
}
