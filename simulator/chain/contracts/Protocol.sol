// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Ownable, Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IM3ter} from "./interfaces/IM3ter.sol";
import {IProofOfImpact, Registers} from "./interfaces/IProofOfImpact.sol";
import {IProtocol} from "./interfaces/IProtocol.sol";

/// @title The power purchase agreements: who holds a meter's token sells its energy for a stablecoin
/// @notice Sellers fetch their revenue. Sent along with each payment, a seller that can receive nothing, as one that the
/// stablecoin has blocked, would leave the people at the meter in the dark.
contract Protocol is IProtocol, Ownable2Step, ReentrancyGuardTransient {
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    /// @dev one slot; a meter's registers have 48 bits in its log
    struct Agreement {
        uint128 tariff;
        uint48 energy;
    }

    /// @notice The protocol's fee, in thousandths of a payment.
    uint256 public constant FEE = 3;
    uint256 private constant MILLIWATT_HOURS = 1e6;

    IM3ter public immutable registry;
    IERC20 public immutable stablecoin;
    IProofOfImpact public immutable proof;

    /// @notice Who earns the fee.
    address public treasury;
    /// @notice What a seller, or the treasury, can withdraw, in the stablecoin's smallest unit.
    mapping(address account => uint256) public revenueOf;
    mapping(uint256 tokenId => Agreement) private agreements;

    /// @notice A payment: energy in kWh is `amount / tariff`.
    event Revenue(
        uint256 indexed tokenId, uint256 indexed amount, uint256 indexed tariff, address from, uint256 timestamp
    );
    event Tariff(uint256 indexed tokenId, uint256 indexed tariff, address from, uint256 timestamp);
    event Claim(address indexed to, uint256 indexed amount, uint256 indexed timestamp);
    event Treasury(address indexed treasury);

    error NotOwner(uint256 tokenId, address caller);
    error NotForSale(uint256 tokenId);
    error TariffTooHigh(uint256 tokenId, uint256 tariff, uint256 highest);
    error NothingBought(uint256 tokenId, uint256 amount);
    error ShortPayment(uint256 expected, uint256 received);
    error NothingToClaim(address account);
    error ZeroAddress();

    /// @param owner names the treasury
    constructor(IM3ter registry_, IERC20 stablecoin_, IProofOfImpact proof_, address owner, address treasury_)
        Ownable(owner)
    {
        registry = registry_;
        stablecoin = stablecoin_;
        proof = proof_;
        _setTreasury(treasury_);
    }

    /// @notice Sets the price of a kWh, in the stablecoin's smallest unit; 0 stops the sale. The token's owner only.
    function setTariff(uint256 tokenId, uint128 tariff) external {
        if (registry.ownerOf(tokenId) != msg.sender) revert NotOwner(tokenId, msg.sender);
        agreements[tokenId].tariff = tariff;
        emit Tariff(tokenId, tariff, msg.sender, block.timestamp);
    }

    /// @notice Buys energy for a meter at whatever its tariff is when the payment is mined.
    function pay(uint256 tokenId, uint256 amount) external nonReentrant {
        _pay(tokenId, amount, type(uint256).max);
    }

    /// @notice Buys energy for a meter, unless its owner has raised the tariff meanwhile.
    function payUpTo(uint256 tokenId, uint256 amount, uint256 highestTariff) external nonReentrant {
        _pay(tokenId, amount, highestTariff);
    }

    /// @notice Sends the caller all of its revenue.
    function claim() external nonReentrant {
        uint256 amount = revenueOf[msg.sender];
        if (amount == 0) revert NothingToClaim(msg.sender);
        revenueOf[msg.sender] = 0;
        emit Claim(msg.sender, amount, block.timestamp);
        stablecoin.safeTransfer(msg.sender, amount);
    }

    /// @notice Names who earns the fee from now on.
    function setTreasury(address treasury_) external onlyOwner {
        _setTreasury(treasury_);
    }

    /// @inheritdoc IProtocol
    function tariffOf(uint256 tokenId) external view returns (uint256) {
        return agreements[tokenId].tariff;
    }

    /// @notice The energy bought for a meter in all, in mWh: what its `Credit` says as `credited`. It only grows.
    function energyOf(uint256 tokenId) external view returns (uint256) {
        return agreements[tokenId].energy;
    }

    /// @notice Whether there was any balance left by what the meter proved last.
    function stateOf(uint256 tokenId) external view returns (bool) {
        Registers memory proved = proof.registersOf(tokenId);
        return uint256(agreements[tokenId].energy) + proved.feedIn > uint256(proved.debited) + proved.withdrawn;
    }

    /// @dev A fraction of a mWh goes to the seller. Effects come first, and what the transfer finds amiss undoes them.
    function _pay(uint256 tokenId, uint256 amount, uint256 highestTariff) private {
        address seller = registry.ownerOf(tokenId);
        Agreement storage agreement = agreements[tokenId];
        uint256 tariff = agreement.tariff;
        if (tariff == 0) revert NotForSale(tokenId);
        if (tariff > highestTariff) revert TariffTooHigh(tokenId, tariff, highestTariff);
        uint256 energy = amount * MILLIWATT_HOURS / tariff;
        if (energy == 0) revert NothingBought(tokenId, amount);
        agreement.energy = (agreement.energy + energy).toUint48();
        uint256 fee = amount * FEE / 1000;
        revenueOf[seller] += amount - fee;
        revenueOf[treasury] += fee;
        emit Revenue(tokenId, amount, tariff, msg.sender, block.timestamp);
        _collect(amount);
    }

    /// @dev A token that keeps a part of what it transfers would leave the last seller without revenue.
    function _collect(uint256 amount) private {
        uint256 before = stablecoin.balanceOf(address(this));
        stablecoin.safeTransferFrom(msg.sender, address(this), amount);
        uint256 received = stablecoin.balanceOf(address(this)) - before;
        if (received != amount) revert ShortPayment(amount, received);
    }

    function _setTreasury(address treasury_) private {
        if (treasury_ == address(0)) revert ZeroAddress();
        treasury = treasury_;
        emit Treasury(treasury_);
    }
}
