// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {Base64} from "@openzeppelin/contracts/utils/Base64.sol";
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IM3ter} from "./interfaces/IM3ter.sol";
import {IProofOfImpact} from "./interfaces/IProofOfImpact.sol";
import {IProtocol} from "./interfaces/IProtocol.sol";

/// @title The registry of meters: a token for each, with the key of its device
/// @notice Everything that a meter or its operator signs is in the EIP-712 domain of this contract. Whose key is in the
/// registry is rewarded for what it signs, so only a registrar puts one there: who has seen the device.
contract M3ter is IM3ter, ERC721, EIP712, AccessControl {
    using Strings for address;
    using Strings for uint256;

    bytes32 public constant MINTER_ROLE = keccak256("MINTER_ROLE");
    bytes32 public constant REGISTRAR_ROLE = keccak256("REGISTRAR_ROLE");
    bytes32 private constant LINK_TYPEHASH = keccak256("Link(uint256 m3terId,address device)");

    /// @inheritdoc IM3ter
    mapping(uint256 tokenId => bytes32) public keyByToken;
    /// @notice The token of a device's key; 0, which is no token, when the key is unknown.
    mapping(bytes32 key => uint256) public tokenByKey;
    /// @notice How many tokens there are; they are numbered from 1.
    uint256 public totalSupply;
    /// @notice Where the metadata has the tariff from.
    IProtocol public protocol;
    /// @notice Where the metadata has the energy from.
    IProofOfImpact public proof;

    event Register(uint256 indexed tokenId, bytes32 indexed publicKey, address from, uint256 timestamp);

    error EmptyKey();
    error KeyTaken(bytes32 key, uint256 tokenId);
    error WrongSigner(uint256 tokenId, address signer);

    /// @param admin gives and takes the roles
    constructor(address admin) ERC721("M3ter", "M3R") EIP712("M3ter", "1") {
        _grantRole(DEFAULT_ADMIN_ROLE, admin);
    }

    /// @notice Makes the next token. A contract that is to hold it must be able to.
    function mint(address to) external onlyRole(MINTER_ROLE) returns (uint256 tokenId) {
        tokenId = ++totalSupply;
        _safeMint(to, tokenId);
    }

    /// @notice Puts the key of any device into the registry, in place of the one before.
    function register(uint256 tokenId, bytes32 key) external onlyRole(REGISTRAR_ROLE) {
        _register(tokenId, key);
    }

    /// @notice The same with the device's own word for it.
    /// @param signature of `Link`, by the device
    function link(uint256 tokenId, address device, bytes calldata signature) external onlyRole(REGISTRAR_ROLE) {
        bytes32 structHash = keccak256(abi.encode(LINK_TYPEHASH, tokenId, device));
        address signer = ECDSA.recoverCalldata(_hashTypedDataV4(structHash), signature);
        if (signer != device) revert WrongSigner(tokenId, signer);
        _register(tokenId, bytes32(uint256(uint160(device))));
    }

    /// @notice Says where the metadata has tariff and energy from.
    function setSources(IProtocol protocol_, IProofOfImpact proof_) external onlyRole(DEFAULT_ADMIN_ROLE) {
        protocol = protocol_;
        proof = proof_;
    }

    /// @notice As `keyByToken`, by the name that it has on Ethereum.
    function publicKey(uint256 tokenId) external view returns (bytes32) {
        return keyByToken[tokenId];
    }

    /// @notice As `tokenByKey`, by the name that it has on Ethereum.
    function tokenID(bytes32 key) external view returns (uint256) {
        return tokenByKey[key];
    }

    /// @inheritdoc IM3ter
    function domainSeparator() external view returns (bytes32) {
        return _domainSeparatorV4();
    }

    /// @notice Metadata as a data: URI of JSON. Tariff in the stablecoin's smallest unit per kWh, energy in mWh.
    function tokenURI(uint256 tokenId) public view override returns (string memory) {
        address owner = _requireOwned(tokenId);
        uint256 tariff = address(protocol) == address(0) ? 0 : protocol.tariffOf(tokenId);
        uint256 energy = address(proof) == address(0) ? 0 : proof.lifetimeEnergy(tokenId);
        string memory device = _trait("Device", string.concat('"', _keyText(keyByToken[tokenId]), '"'));
        string memory holder = _trait("Owner", string.concat('"', owner.toChecksumHexString(), '"'));
        bytes memory json = abi.encodePacked(
            '{"name":"M3ter #', tokenId.toString(), '","attributes":[', device, ",", holder, ",",
            _trait("Tariff", string.concat('"', tariff.toString(), '"')), ",",
            _trait("Lifetime energy", energy.toString()), "]}"
        );
        return string.concat("data:application/json;base64,", Base64.encode(json));
    }

    /// @inheritdoc ERC721
    function supportsInterface(bytes4 id) public view override(ERC721, AccessControl) returns (bool) {
        return super.supportsInterface(id);
    }

    /// @inheritdoc IM3ter
    function ownerOf(uint256 tokenId) public view override(IM3ter, ERC721) returns (address) {
        return super.ownerOf(tokenId);
    }

    function _register(uint256 tokenId, bytes32 key) private {
        _requireOwned(tokenId);
        if (key == 0) revert EmptyKey();
        if (tokenByKey[key] != 0) revert KeyTaken(key, tokenByKey[key]);
        delete tokenByKey[keyByToken[tokenId]];
        keyByToken[tokenId] = key;
        tokenByKey[key] = tokenId;
        emit Register(tokenId, key, msg.sender, block.timestamp);
    }

    /// @dev an address where the key can be one, else all 32 bytes
    function _keyText(bytes32 key) private pure returns (string memory) {
        uint256 number = uint256(key);
        if (number > type(uint160).max) return number.toHexString(32);
        return address(uint160(number)).toChecksumHexString();
    }

    function _trait(string memory name, string memory value) private pure returns (string memory) {
        return string.concat('{"trait_type":"', name, '","value":', value, "}");
    }
}
